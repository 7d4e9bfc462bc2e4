import type { ReactNode } from 'react';

import classes from './Notice.module.css';

/** A line above the panes that a person must not miss. */
export function Notice({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className={classes.notice}>
      {icon}
      {children}
    </p>
  );
}
