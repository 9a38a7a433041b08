import type { CallFlowCommandName } from './call-flow.enums.js';

export interface FlowCondition {
  variable: string;
  operator: string;
  value: string;
}

export interface FlowCommand {
  command: CallFlowCommandName;
  conditions: FlowCondition[];
  options: Record<string, unknown>;
}
