declare module 'negotiator' {
  class Negotiator {
    constructor(request: { headers: { accept: string } });
    mediaTypes(available?: string[]): string[];
  }
  export = Negotiator;
}
