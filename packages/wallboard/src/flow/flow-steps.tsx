import { Text } from '@mantine/core';
import type { FlowFragment } from '../gql/graphql';
import { CommandStatus } from './command-status';
import type { ShownStep } from './diagram-layout';
import { FlowDiagram } from './flow-diagram';
import { conditionsOf, conditionsText, stepOf, summaryOf, titleOf } from './steps';

/** A flow as it is, drawn and in words. */
export function FlowSteps({ flow }: { flow: FlowFragment }) {
  const steps = flow.commands.map((command): ShownStep => {
    const step = stepOf(command);
    return {
      key: step.key,
      title: titleOf(step.command),
      summary: summaryOf(step),
      conditions: conditionsText(conditionsOf(step.options)),
      status: command.status,
      isOpen: false,
      isWrong: false,
    };
  });
  return (
    <div className="flow-columns">
      <FlowDiagram steps={steps} />
      <ol className="flow-rows" aria-label={`Steps of flow ${flow.revision}`}>
        {steps.map((step, index) => (
          <li key={step.key} className="flow-row">
            <div className="flow-row-head">
              <StepText step={step} number={index + 1} />
              {step.status && <CommandStatus status={step.status} />}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

export const StepText = ({ step, number }: { step: ShownStep; number: number }) => (
  <div className="flow-row-text">
    <Text size="sm" fw={600}>
      {number}. {step.title}
      {step.conditions !== '' && (
        <Text span size="sm" fw={400}>
          {' '}
          if {step.conditions}
        </Text>
      )}
    </Text>
    {step.summary !== '' && (
      <Text size="sm" c="dimmed">
        {step.summary}
      </Text>
    )}
  </div>
);
