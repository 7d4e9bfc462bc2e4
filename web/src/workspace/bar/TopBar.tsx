import { Logo } from '@/ui/Logo';
import { ThemeToggle } from '@/ui/ThemeToggle';
import { UserMenu } from '@/ui/UserMenu';

import { LanguageField } from './LanguageField';
import { Presence } from './Presence';
import { RunButton } from './RunButton';
import { SaveState } from './SaveState';
import { SessionMenu } from './SessionMenu';
import { ShareButton } from './ShareButton';
import { TitleField } from './TitleField';
import classes from './TopBar.module.css';

/** The session at a glance; on a phone in two rows, with Run always in reach. */
export function TopBar() {
  return (
    <header className={classes.bar}>
      <div className={classes.group} data-grow>
        <Logo compact />
        <TitleField />
        <SessionMenu />
      </div>
      <div className={classes.group} data-work>
        <SaveState />
        <LanguageField />
        <Presence />
        <RunButton />
      </div>
      <div className={classes.group}>
        <ShareButton />
        <span className={classes.wideOnly}>
          <ThemeToggle />
        </span>
        <UserMenu />
      </div>
    </header>
  );
}
