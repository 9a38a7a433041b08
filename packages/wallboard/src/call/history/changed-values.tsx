import type { Json } from '../metadata/merge-patch';
import { changedFields } from './changed-fields';

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
            <th scope="row">{field.name}</th>
            {hasBefore && <td>{text(field.before)}</td>}
            <td>{text(field.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
