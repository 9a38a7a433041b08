import { Fragment } from 'react';
import type { Json } from '../metadata/merge-patch';
import { changedFields } from './changed-fields';
import { shownValue } from './shown-value';

/** Each field as it was and as it is since. */
export function ChangedValues({ before, after }: { before: Json; after: Json }) {
  const fields = changedFields(before, after);
  if (fields.length === 0) return null;
  // What is new has no before.
  const hasBefore = fields.some((field) => field.before != null);
  return (
    <table className="change-values">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {hasBefore && <th scope="col">Before</th>}
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.name}>
            <th scope="row">
              <Breakable name={field.name} />
            </th>
            {hasBefore && <td>{shownValue(field.before)}</td>}
            <td>{shownValue(field.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A line may end after each dot. */
const Breakable = ({ name }: { name: string }) =>
  name.split('.').map((part, at, parts) => (
    <Fragment key={parts.slice(0, at + 1).join('.')}>
      {at === parts.length - 1 ? part : `${part}.`}
      <wbr />
    </Fragment>
  ));
