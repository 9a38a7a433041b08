import type { CallRow } from '../../db/tables/calls.js';
import { searchDigits } from '../../foundation/phone-numbers.js';
import { needlesOf, SEPARATOR, searchFold } from '../../foundation/search-text.js';

export interface SearchedCall extends Pick<CallRow, 'from' | 'to' | 'customerNumber' | 'assistant' | 'tags'> {
  references: readonly { value: string }[];
  voiceCall: { callSummary?: string | null } | null;
  /** Folded. */
  transcripts: readonly { text: string }[];
}

interface SearchText {
  text: string;
  numbers: string;
}

const texts = new WeakMap<SearchedCall, SearchText>();

/** Must agree with the condition in SQL, and with the SQL functions write_call_search and transcript_text. */
export function isFoundBySearch(search: string, call: SearchedCall): boolean {
  const found = texts.get(call) ?? searchText(call);
  texts.set(call, found);
  const { text, digits } = needlesOf(search);
  return (
    found.text.includes(text) ||
    digits.some((each) => found.numbers.includes(each)) ||
    call.transcripts.some((each) => each.text.includes(text))
  );
}

function searchText(call: SearchedCall): SearchText {
  const { from, to, customerNumber, assistant, tags, references, voiceCall } = call;
  const addresses = [from, to, customerNumber].filter((each) => each !== null);
  const values = references.map(({ value }) => value);
  const parts = [...addresses, assistant?.name, ...tags, ...values, voiceCall?.callSummary];
  return {
    text: parts.map((each) => searchFold(each ?? '')).join(SEPARATOR),
    numbers: addresses.map((each) => searchDigits(each) ?? '').join(SEPARATOR),
  };
}
