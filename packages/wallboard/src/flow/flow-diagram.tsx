import { useComputedColorScheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Handle, type NodeProps, type NodeTypes, Position, ReactFlow, useNodesState } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { type DragEvent, useEffect, useMemo } from 'react';
import { CommandStatus } from './command-status';
import {
  type ConditionNode,
  type DiagramNode,
  diagramOf,
  type EndNode,
  indexAt,
  middleOf,
  type ShownStep,
  type StepNode,
} from './diagram-layout';
import './flow.css';
import { COMMAND_NAMES, type CommandName } from './steps';

/** What a command is dragged as, from the list of commands into the diagram. */
export const DRAGGED_COMMAND = 'application/x-switchboard-command';

/** What a draft's diagram does. The list beside it does the same by keyboard. */
export interface DiagramActions {
  onOpen(key: string): void;
  onMove(key: string, to: number): void;
  onAdd(command: CommandName, at: number): void;
}

const NODE_TYPES: NodeTypes = { step: StepBox, condition: ConditionBox, end: EndBox };
/** The page scrolls, and the diagram is as high as it needs. */
const FIXED = {
  minZoom: 1,
  maxZoom: 1,
  panOnDrag: false,
  panOnScroll: false,
  zoomOnScroll: false,
  zoomOnPinch: false,
  zoomOnDoubleClick: false,
  preventScrolling: false,
  autoPanOnNodeDrag: false,
  nodesConnectable: false,
  nodesFocusable: false,
  edgesFocusable: false,
  elementsSelectable: false,
  disableKeyboardA11y: true,
  deleteKeyCode: null,
  selectionKeyCode: null,
  panActivationKeyCode: null,
  zoomActivationKeyCode: null,
  multiSelectionKeyCode: null,
} as const;

export function FlowDiagram({ steps, actions }: { steps: readonly ShownStep[]; actions?: DiagramActions }) {
  const colorMode = useComputedColorScheme('light');
  // A finger scrolls.
  const isTouched = useMediaQuery('(pointer: coarse)');
  const isDraft = actions !== undefined;
  const layout = useMemo(() => diagramOf(steps, { isDraft }), [steps, isDraft]);
  const [nodes, setNodes, onNodesChange] = useNodesState<DiagramNode>(layout.nodes);
  useEffect(() => setNodes(layout.nodes), [layout, setNodes]);

  const drop = (event: DragEvent) => {
    const dragged = event.dataTransfer.getData(DRAGGED_COMMAND);
    const command = COMMAND_NAMES.find((name) => name === dragged);
    if (command === undefined) return;
    event.preventDefault();
    const y = event.clientY - event.currentTarget.getBoundingClientRect().top;
    actions?.onAdd(command, indexAt(layout.nodes, y));
  };
  return (
    <figure
      className="flow-diagram"
      style={{ height: layout.height }}
      aria-label={`Diagram of ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}; the list beside it says the same`}
      onDrop={drop}
      onDragOver={(event) => {
        if (isDraft && event.dataTransfer.types.includes(DRAGGED_COMMAND)) event.preventDefault();
      }}
    >
      <ReactFlow
        {...FIXED}
        colorMode={colorMode}
        nodes={nodes}
        edges={layout.edges}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        nodesDraggable={isDraft && !isTouched}
        onNodeClick={(_, node) => {
          if (node.type === 'step') actions?.onOpen(node.id);
        }}
        // Above the steps that come after it.
        onNodeDragStart={(_, { id }) =>
          setNodes((all) => all.map((node) => (node.id === id ? { ...node, zIndex: 1 } : node)))
        }
        onNodeDragStop={(_, node) => {
          setNodes(layout.nodes);
          actions?.onMove(node.id, indexAt(layout.nodes, middleOf(node), node.id));
        }}
      />
    </figure>
  );
}

function StepBox({ data: { step, number } }: NodeProps<StepNode>) {
  const { title, summary, status, isOpen, isWrong } = step;
  return (
    <div className="flow-step" data-open={isOpen || undefined} data-wrong={isWrong || undefined}>
      <Ends />
      <div className="flow-step-title">
        <span>
          {number}. {title}
        </span>
        {status && <CommandStatus status={status} />}
      </div>
      <div className="flow-step-summary">{summary}</div>
    </div>
  );
}

function ConditionBox({ data: { text } }: NodeProps<ConditionNode>) {
  return (
    <div className="flow-condition" title={text}>
      <Ends />
      <Handle type="source" id="no" position={Position.Right} isConnectable={false} />
      <span>if {text}</span>
    </div>
  );
}

function EndBox(_: NodeProps<EndNode>) {
  return (
    <div className="flow-end">
      <Ends />
      End
    </div>
  );
}

/** An edge without a handle's name takes the first one. */
const Ends = () => (
  <>
    <Handle type="target" position={Position.Top} isConnectable={false} />
    <Handle type="target" id="past" position={Position.Right} isConnectable={false} />
    <Handle type="source" position={Position.Bottom} isConnectable={false} />
  </>
);
