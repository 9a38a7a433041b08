import type { CallFlowCommandName } from './call-flow.enums.js';

export interface FlowCondition {
  variable: string;
  operator: string;
  value: string;
}

/** A validated step of a flow, ready to be stored: its options have no nulls. */
export interface FlowCommand {
  command: CallFlowCommandName;
  conditions: FlowCondition[];
  options: Record<string, unknown>;
}
