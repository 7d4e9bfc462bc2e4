import { useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { useEffect, useId, useRef, useState } from 'react';

import { useUser } from '@/auth/useAuth';
import { useStore } from '@/lib/store';
import { preferences } from '@/settings/preferences';

import type { ShownRun } from '../useShownRun';
import { KeyBar } from './KeyBar';
import classes from './Live.module.css';
import { warnRefused } from './refused';
import { type Look, Screen } from './screen';

interface Props {
  run: ShownRun;
  /** Whether what is typed here goes to the program. */
  typing: boolean;
}

const INTERRUPT = '\u0003';
const END = '\u0004';

/** The terminal of a run, the same for everybody who looks at it. Loaded only when there is one. */
export default function TerminalView({ run: { head, status }, typing }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Screen | null>(null);
  const hintId = useId();
  const look = useLook();
  const firstLook = useRef(look);
  // One size for all, and whoever started the program is the one who looks at it for sure.
  const leads = useUser().id === head.user.id;
  useEffect(() => {
    if (!box.current) return;
    const options = { runId: head.id, look: firstLook.current, leads, onRefused: warnRefused };
    const opened = new Screen(box.current, options);
    setScreen(opened);
    return () => {
      setScreen(null);
      opened.destroy();
    };
  }, [head.id, leads]);
  useEffect(() => screen?.setLook(look), [screen, look]);
  useEffect(() => {
    screen?.setTyping(typing);
    if (typing && leads) screen?.focus();
  }, [screen, typing, leads]);
  return (
    <>
      <div
        ref={box}
        className={classes.terminal}
        role="group"
        aria-label="Program output"
        aria-describedby={typing ? hintId : undefined}
        data-testid="output"
        data-live={status !== 'finished'}
      />
      {typing && (
        <KeyBar
          onInterrupt={() => screen?.type(INTERRUPT)}
          onEnd={() => screen?.type(END)}
          hint={<span id={hintId}>Type in the terminal; Shift+Tab leaves it.</span>}
        />
      )}
    </>
  );
}

function useLook(): Look {
  const scheme = useComputedColorScheme('light');
  const fontFamily = useMantineTheme().fontFamilyMonospace;
  const fontSize = useStore(preferences).fontSize - 1;
  const [look, setLook] = useState<Look>({ scheme, fontFamily, fontSize });
  if (look.scheme !== scheme || look.fontSize !== fontSize || look.fontFamily !== fontFamily)
    setLook({ scheme, fontFamily, fontSize });
  return look;
}
