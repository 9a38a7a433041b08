import { type Edge, MarkerType, type Node } from '@xyflow/react';
import type { CallFlowCommandStatus } from '../gql/graphql';

/** A step as the diagram and the lists show it. */
export interface ShownStep {
  key: string;
  title: string;
  summary: string;
  /** Empty if it always runs. */
  conditions: string;
  status: CallFlowCommandStatus | null;
  isOpen: boolean;
  isWrong: boolean;
}

export type StepNode = Node<{ step: ShownStep; number: number }, 'step'>;
export type ConditionNode = Node<{ text: string }, 'condition'>;
export type EndNode = Node<Record<string, never>, 'end'>;
export type DiagramNode = StepNode | ConditionNode | EndNode;

const WIDTH = 280;
const STEP = 84;
const STEP_WITHOUT_VALUES = 40;
const CONDITION = 40;
const END = 28;
const GAP = 36;
/** A shadow needs a pixel. */
const MARGIN = 1;

export interface Diagram {
  nodes: DiagramNode[];
  edges: Edge[];
  height: number;
}

const headOf = ({ key, conditions }: ShownStep): string => (conditions === '' ? key : `${key}-if`);

/** From top to bottom. A condition stands before its step, and leads past it where it does not hold. */
export function diagramOf(steps: readonly ShownStep[], { isDraft }: { isDraft: boolean }): Diagram {
  const nodes: DiagramNode[] = [];
  const edges: Edge[] = [];
  const connect = (edge: Edge) => edges.push({ ...edge, markerEnd: { type: MarkerType.ArrowClosed } });
  let y = MARGIN;
  const place = (height: number) => {
    const at = { x: MARGIN, y };
    y += height + GAP;
    return { position: at, width: WIDTH, height };
  };
  for (const [index, step] of steps.entries()) {
    const following = steps[index + 1];
    const next = following ? headOf(following) : 'end';
    if (step.conditions !== '') {
      const head = headOf(step);
      nodes.push({
        id: head,
        type: 'condition',
        data: { text: step.conditions },
        ...place(CONDITION),
        draggable: false,
      });
      connect({ id: `${head}-yes`, source: head, target: step.key, label: 'yes' });
      connect({
        id: `${head}-no`,
        source: head,
        sourceHandle: 'no',
        target: next,
        targetHandle: 'past',
        label: 'no',
        type: 'smoothstep',
      });
    }
    nodes.push({
      id: step.key,
      type: 'step',
      data: { step, number: index + 1 },
      ...place(step.summary === '' ? STEP_WITHOUT_VALUES : STEP),
      draggable: isDraft,
    });
    connect({ id: `${step.key}-next`, source: step.key, target: next });
  }
  nodes.push({ id: 'end', type: 'end', data: {}, ...place(END), draggable: false });
  return { nodes, edges, height: y - GAP + MARGIN };
}

/** Where a step is to go that was dropped at this height: after the steps that stay above it. */
export const indexAt = (nodes: readonly DiagramNode[], y: number, dropped?: string): number =>
  nodes.filter((node) => node.type === 'step' && node.id !== dropped && middleOf(node) < y).length;

export const middleOf = ({ position, height = 0 }: DiagramNode): number => position.y + height / 2;
