import { recall, remember } from '@/lib/storage';
import { Store } from '@/lib/store';

/** What this person's runs are given. */
export interface Inputs {
  stdin: string;
  /** As typed; see `parseArguments`. */
  args: string;
  /** Whether the program gets a terminal that everybody here may type in. */
  interactive: boolean;
}

const tab = () => sessionStorage;

/** The inputs for a session, which a reload of the tab keeps. */
export function openInputs(sessionId: string): Store<Inputs> {
  const key = `codecrafter-inputs-${sessionId}`;
  const store = new Store<Inputs>(read(recall(key, tab)));
  store.subscribe(() => remember(key, JSON.stringify(store.get()), tab));
  return store;
}

function read(stored: string | null): Inputs {
  try {
    const { stdin, args, interactive } = JSON.parse(stored ?? '{}') as Partial<Record<keyof Inputs, unknown>>;
    return {
      stdin: typeof stdin === 'string' ? stdin : '',
      args: typeof args === 'string' ? args : '',
      interactive: interactive === true,
    };
  } catch {
    return { stdin: '', args: '', interactive: false };
  }
}
