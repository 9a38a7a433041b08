export interface GroupName {
  kind: string;
  key: string;
}
