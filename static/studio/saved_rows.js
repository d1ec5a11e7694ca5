// After rows of a table were saved: their fields get the names that the draft has for them.
import { isInFocus, setValue } from "./draft_fields.js";
import { takeRows, unsavedRows } from "./storage_table.js";

/** Rows that were added are entries of the draft now, and those below a removed one have another number.
 *
 * @param now the form on the page, with what its fields have
 * @param held errors that are not shown yet
 * @param sent what the answer is about; `values`: what the form has by now */
export function renameRows(now, held, { answer, sent, values }) {
  const { form } = now;
  const renamed = takeRows(answer.rows);
  if (!renamed.size) return;
  const renameOf = (name) => {
    const from = [...renamed.keys()].find((each) => name.startsWith(each));
    return from ? renamed.get(from) + name.slice(from.length) : name;
  };
  const known = [...now.fields].map(([name, field]) => [renameOf(name), field]);
  now.fields = new Map(known.filter(([name]) => !name.startsWith("new.")));
  for (const [name, element] of [...held]) {
    held.delete(name);
    held.set(renameOf(name), element);
  }
  for (const [name, before] of sent) {
    const to = renameOf(name);
    if (!name.startsWith("new.") || to === name) continue;
    const value = answer.values[name] ?? before;
    const busy = values.get(name) !== before || isInFocus(form, to);
    now.fields.set(to, { server: value, shown: busy ? before : value });
    if (!busy && value !== before) setValue(form, to, value);
  }
  now.rows = unsavedRows();
}
