import type { Person } from '@/api/types';
import { PersonAvatar } from '@/ui/PersonAvatar';

import classes from './Chat.module.css';

interface Props {
  id: string;
  people: readonly Person[];
  chosen: number;
  onChoose: (person: Person) => void;
}

/** The names that fit what is being typed. The text field keeps the focus and moves the choice. */
export function NameList({ id, people, chosen, onChoose }: Props) {
  if (people.length === 0) return null;
  return (
    <div id={id} role="listbox" aria-label="People to mention" className={classes.names}>
      {people.map((person, index) => (
        <div
          key={person.id}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(person);
          }}
        >
          <span aria-hidden>
            <PersonAvatar name={person.display_name} color={person.color} size={20} />
          </span>
          <span>{person.display_name}</span>
          <span className={classes.username}>@{person.username}</span>
        </div>
      ))}
    </div>
  );
}
