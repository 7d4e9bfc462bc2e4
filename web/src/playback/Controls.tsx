import { ActionIcon, NativeSelect, Slider, Text, Tooltip } from '@mantine/core';
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
  IconPlayerSkipForwardFilled,
} from '@tabler/icons-react';

import { useStore } from '@/lib/store';

import { formatClock } from './clock';
import { describeMoment } from './describe';
import classes from './Playback.module.css';
import { type Player, SPEEDS } from './player';

/** Play, pause, where it is, and how fast it goes. */
export function Controls({ player }: { player: Player }) {
  const { at } = useStore(player.place);
  const playing = useStore(player.playing);
  const speed = useStore(player.speed);
  const { length } = player.clock;
  const when = new Date(player.clock.toReal(at));
  return (
    <footer className={classes.controls} aria-label="Playback controls">
      <div className={classes.track}>
        <div className={classes.marks}>
          {player.moments.map((moment) => (
            <Tooltip key={moment.id} label={describeMoment(moment)}>
              <button
                type="button"
                tabIndex={-1}
                aria-hidden
                className={classes.mark}
                data-kind={moment.kind}
                style={{ left: `${length === 0 ? 0 : (player.timeOf(moment) / length) * 100}%` }}
                onClick={() => player.seek(player.timeOf(moment))}
              />
            </Tooltip>
          ))}
        </div>
        <Slider
          aria-label="Position"
          thumbLabel="Position"
          thumbProps={{ 'aria-valuetext': `${formatClock(at)} of ${formatClock(length)}` }}
          label={null}
          size="sm"
          min={0}
          max={Math.max(length, 1)}
          step={Math.max(length / 1_000, 1)}
          value={at}
          onChange={(value) => player.seek(value)}
        />
      </div>
      <div className={classes.buttons}>
        <ActionIcon aria-label="Previous moment" onClick={() => player.step(-1)}>
          <IconPlayerSkipBackFilled size={16} />
        </ActionIcon>
        <ActionIcon
          variant="filled"
          color="ink"
          size="lg"
          radius="xl"
          aria-label={playing ? 'Pause' : 'Play'}
          onClick={() => player.toggle()}
        >
          {playing ? <IconPlayerPauseFilled size={18} /> : <IconPlayerPlayFilled size={18} />}
        </ActionIcon>
        <ActionIcon aria-label="Next moment" onClick={() => player.step(1)}>
          <IconPlayerSkipForwardFilled size={16} />
        </ActionIcon>
        <Text span size="sm" className={classes.time} data-testid="time">
          {formatClock(at)} / {formatClock(length)}
        </Text>
        <Text span size="xs" c="dimmed" className={classes.when}>
          {when.toLocaleString()}
        </Text>
        <NativeSelect
          aria-label="Speed"
          size="xs"
          className={classes.speed}
          value={String(speed)}
          onChange={(event) => player.speed.set(Number(event.currentTarget.value))}
          data={SPEEDS.map((times) => ({ value: String(times), label: `${times}×` }))}
        />
      </div>
    </footer>
  );
}
