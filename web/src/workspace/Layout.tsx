import { Splitter, Tabs } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import { useChange } from '@/lib/useChange';

import { ChatLabel, ChatPane } from './chat/ChatPane';
import { useWorkspace } from './context';
import { RunsPane } from './output/RunsPane';
import classes from './Workspace.module.css';

interface Panes {
  editor: ReactNode;
  output: ReactNode;
  people: ReactNode;
  history: ReactNode;
}

/** Editor and output side by side, with a movable border. */
export function WideLayout({ editor, output, people, history }: Panes) {
  const { runner } = useWorkspace();
  const [tab, setTab] = useState<string | null>('output');
  useChange(runner.runs, () => setTab('output'));
  // Another person's run must not take the chat away from somebody who writes.
  useChange(runner.latestId, () => setTab((now) => (now === 'chat' ? now : 'output')));
  return (
    <main className={classes.main}>
      <Splitter className={classes.split} lineSize={1} handleColor="var(--cc-line)" withHandle={false}>
        <Splitter.Pane defaultSize={62} min={25} className={classes.pane}>
          {editor}
        </Splitter.Pane>
        <Splitter.Pane defaultSize={38} min={20} className={classes.pane}>
          <Tabs value={tab} onChange={setTab} className={classes.tabs}>
            <Tabs.List className={classes.tabList}>
              <Tabs.Tab value="output">Output</Tabs.Tab>
              <Tabs.Tab value="runs">Runs</Tabs.Tab>
              <Tabs.Tab value="people">People</Tabs.Tab>
              <Tabs.Tab value="history">History</Tabs.Tab>
              <Tabs.Tab value="chat">
                <ChatLabel />
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="output" className={classes.tabPanel}>
              {output}
            </Tabs.Panel>
            <Tabs.Panel value="runs" className={classes.tabPanel}>
              <RunsPane onChosen={() => setTab('output')} />
            </Tabs.Panel>
            <Tabs.Panel value="people" className={classes.tabPanel}>
              {people}
            </Tabs.Panel>
            <Tabs.Panel value="history" className={classes.tabPanel}>
              {history}
            </Tabs.Panel>
            <Tabs.Panel value="chat" className={classes.tabPanel}>
              <ChatPane shown={tab === 'chat'} />
            </Tabs.Panel>
          </Tabs>
        </Splitter.Pane>
      </Splitter>
    </main>
  );
}

/** One pane at a time, chosen at the bottom, within the thumb's reach. */
export function PhoneLayout({ editor, output, people, history }: Panes) {
  const { runner } = useWorkspace();
  const [tab, setTab] = useState<string | null>('editor');
  // Another person's run must not take the editor away from somebody who types.
  useChange(runner.runs, () => setTab('output'));
  return (
    <main className={classes.main}>
      <Tabs value={tab} onChange={setTab} inverted keepMounted className={classes.tabs}>
        <Tabs.Panel value="editor" className={classes.tabPanel}>
          {editor}
        </Tabs.Panel>
        <Tabs.Panel value="output" className={classes.tabPanel}>
          {output}
        </Tabs.Panel>
        <Tabs.Panel value="runs" className={classes.tabPanel}>
          <RunsPane onChosen={() => setTab('output')} />
        </Tabs.Panel>
        <Tabs.Panel value="people" className={classes.tabPanel}>
          {people}
        </Tabs.Panel>
        <Tabs.Panel value="history" className={classes.tabPanel}>
          {history}
        </Tabs.Panel>
        <Tabs.Panel value="chat" className={classes.tabPanel}>
          <ChatPane shown={tab === 'chat'} />
        </Tabs.Panel>
        <Tabs.List grow className={classes.bottomTabs}>
          <Tabs.Tab value="editor">Editor</Tabs.Tab>
          <Tabs.Tab value="output">Output</Tabs.Tab>
          <Tabs.Tab value="runs">Runs</Tabs.Tab>
          <Tabs.Tab value="people">People</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
          <Tabs.Tab value="chat">
            <ChatLabel />
          </Tabs.Tab>
        </Tabs.List>
      </Tabs>
    </main>
  );
}
