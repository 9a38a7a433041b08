import { Button, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { Arrow, Chevron } from '../arrow';
import { type Edits, startsWith } from './edits';
import { MemberForm } from './member-form';
import { pathText, valueText } from './member-text';
import { isObject, isSame, type Json, type Path, valueAt } from './merge-patch';

export interface TreeActions {
  /** Undefined removes. */
  set(path: Path, value: unknown): void;
  rename(path: Path, name: string): void;
  undo(path: Path): void;
  why(path: Path): void;
}

interface TreeProps {
  /** As it is now. */
  metadata: Json;
  /** As it will be. */
  draft: Json;
  edits: Edits;
  actions: TreeActions;
}

export const MetadataTree = (tree: TreeProps) => <Members {...tree} path={[]} />;

/** The members of one object. Those that are to be removed stay in their places until the patch has gone. */
function Members({ path, ...tree }: TreeProps & { path: Path }) {
  const [isAdding, setAdding] = useState(false);
  // The focus goes back to where the form was opened.
  const [hasAdded, setAdded] = useState(false);
  const [before, after] = [valueAt(tree.metadata, path), valueAt(tree.draft, path)];
  const names = [...new Set([...namesOf(before), ...namesOf(after)])].sort(byText);
  const taken = namesOf(after);
  return (
    <ul className={path.length === 0 ? 'tree' : undefined}>
      {names.length === 0 && (
        <li className="member">
          <Text size="sm" c="dimmed">
            {path.length === 0 ? 'No metadata yet.' : 'Empty.'}
          </Text>
        </li>
      )}
      {names.map((name) => (
        <Member key={name} {...tree} path={[...path, name]} taken={taken} />
      ))}
      <li>
        {isAdding ? (
          <MemberForm
            label={path.length === 0 ? 'New member' : `New member of ${pathText(path)}`}
            name=""
            value=""
            taken={taken}
            onDone={(name, value) => {
              tree.actions.set([...path, name], value);
              setAdding(false);
            }}
            onCancel={() => setAdding(false)}
          />
        ) : (
          <Button
            size="compact-sm"
            variant="subtle"
            autoFocus={hasAdded}
            onClick={() => {
              setAdding(true);
              setAdded(true);
            }}
            aria-label={path.length === 0 ? 'Add a member' : `Add a member to ${pathText(path)}`}
          >
            + Add
          </Button>
        )}
      </li>
    </ul>
  );
}

function Member({ path, taken, ...tree }: TreeProps & { path: Path; taken: readonly string[] }) {
  const [isEditing, setEditing] = useState(false);
  const [hasEdited, setEdited] = useState(false);
  const [isOpen, setOpen] = useState(true);
  const { metadata, draft, edits, actions } = tree;
  const name = path.at(-1) ?? '';
  const [before, after] = [valueAt(metadata, path), valueAt(draft, path)];
  const isEdited = edits.some((edit) => isSame(edit.path, path));
  const isRemoved = after === undefined;
  // What a removed or replaced object holds goes with it.
  const isInside = edits.some((edit) => edit.path.length < path.length && startsWith(path, edit.path));
  const text = pathText(path);
  const done = (newName: string, value: unknown) => {
    if (newName !== name) actions.rename(path, newName);
    actions.set([...path.slice(0, -1), newName], value);
    setEditing(false);
  };
  if (isEditing && !isRemoved) {
    return (
      <li>
        <MemberForm
          label={`Edit ${text}`}
          name={name}
          value={after}
          taken={taken.filter((other) => other !== name)}
          onDone={done}
          onCancel={() => setEditing(false)}
        />
      </li>
    );
  }
  return (
    <li>
      <div className="member" data-edited={isEdited || undefined}>
        {isObject(after) ? (
          <UnstyledButton
            className="member-toggle"
            aria-expanded={isOpen}
            aria-label={`${isOpen ? 'Fold' : 'Unfold'} ${text}`}
            onClick={() => setOpen(!isOpen)}
          >
            <Chevron isOpen={isOpen} />
          </UnstyledButton>
        ) : (
          <span className="member-toggle" />
        )}
        <span className={isRemoved ? 'member-name old' : 'member-name'}>{name}</span>
        <span className="member-value">
          <Value before={before} after={after} />
        </span>
        <span className="member-actions">
          {!isRemoved && (
            <>
              <Action
                label={`Edit ${text}`}
                autoFocus={hasEdited}
                onClick={() => {
                  setEditing(true);
                  setEdited(true);
                }}
              >
                Edit
              </Action>
              <Action label={`Remove ${text}`} onClick={() => actions.set(path, undefined)}>
                Remove
              </Action>
            </>
          )}
          {isEdited && (
            <Action label={`Undo the change of ${text}`} onClick={() => actions.undo(path)}>
              Undo
            </Action>
          )}
          {before !== undefined && !isInside && (
            <Action label={`Why is ${text} so?`} onClick={() => actions.why(path)}>
              Why?
            </Action>
          )}
        </span>
      </div>
      {isObject(after) && isOpen && <Members {...tree} path={path} />}
    </li>
  );
}

function Value({ before, after }: { before: unknown; after: unknown }) {
  const isShown = !isObject(before) && before !== undefined && !isSame(before, after);
  return (
    <>
      {isShown && <span className="old">{valueText(before)}</span>}
      {isShown && after !== undefined && <Arrow />}
      {isObject(after) ? null : after === undefined ? ' to be removed' : valueText(after)}
    </>
  );
}

interface ActionProps {
  label: string;
  autoFocus?: boolean;
  onClick(): void;
  children: string;
}

const Action = ({ label, autoFocus = false, onClick, children }: ActionProps) => (
  <Button size="compact-xs" variant="subtle" aria-label={label} autoFocus={autoFocus} onClick={onClick}>
    {children}
  </Button>
);

const namesOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);

const byText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
