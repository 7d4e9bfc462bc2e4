import type { Present } from '../people/presence';
import type { FileEntry } from './files';
import classes from './FileTabs.module.css';

interface Props {
  file: FileEntry;
  active: boolean;
  /** Who looks at it. */
  watchers: Present[];
  onOpen: () => void;
}

/** One file's tab, with a dot for each person who looks at it. */
export function FileTab({ file, active, watchers, onOpen }: Props) {
  return (
    <button
      type="button"
      role="tab"
      aria-selected={active}
      tabIndex={active ? 0 : -1}
      data-file={file.id}
      data-trouble={file.trouble !== null || undefined}
      title={file.trouble ?? file.path}
      className={classes.tab}
      onClick={onOpen}
    >
      <span className={classes.name}>{file.path}</span>
      {watchers.map(({ id, name, color }) => (
        <span key={id} className={classes.dot} style={{ backgroundColor: color }} title={name} aria-hidden />
      ))}
    </button>
  );
}
