import '@xterm/xterm/css/xterm.css';

import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';

import { Attachment } from './attachment';
import { pieces } from './bytes';
import { LOOKS } from './looks';
import { bounded, lastSize } from './size';

/** Lines that can be scrolled back to. */
const SCROLLBACK = 5_000;

/** How the terminal looks. */
export interface Look {
  scheme: 'light' | 'dark';
  fontSize: number;
  fontFamily: string;
}

interface Options {
  runId: string;
  look: Look;
  /** Whether the program's terminal follows the size of this one. */
  leads: boolean;
  onRefused: (why: string) => void;
}

/** A terminal on the page, connected to the one of a run. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #attachment: Attachment;
  readonly #watch: ResizeObserver;

  constructor(
    private readonly box: HTMLElement,
    { runId, look, leads, onRefused }: Options,
  ) {
    this.#terminal = new Terminal({
      ...appearance(look),
      scrollback: SCROLLBACK,
      disableStdin: true,
      // Without it the output is invisible to screen readers.
      screenReaderMode: true,
      minimumContrastRatio: 4.5,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(box);
    this.#terminal.attachCustomKeyEventHandler((event) => this.#takesKey(event));
    this.#fitToBox();
    this.#attachment = new Attachment(runId, {
      onOutput: (bytes, stream) => this.#write(bytes, stream),
      onRestart: () => this.#terminal.reset(),
      onRefused,
    });
    this.#terminal.onData((data) => this.type(data));
    if (leads) this.#lead();
    this.#watch = new ResizeObserver(() => this.#fitToBox());
    this.#watch.observe(box);
  }

  setLook(look: Look): void {
    Object.assign(this.#terminal.options, appearance(look));
    this.#fitToBox();
  }

  /** Whether keys go to the program. */
  setTyping(typing: boolean): void {
    this.#terminal.options.disableStdin = !typing;
    this.#terminal.options.cursorBlink = typing;
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** As if it came from the keyboard. */
  type(data: string): void {
    if (this.#terminal.options.disableStdin) return;
    for (const piece of pieces(data)) this.#attachment.send({ type: 'stdin', data: piece });
  }

  destroy(): void {
    this.#watch.disconnect();
    this.#attachment.destroy();
    this.#terminal.dispose();
  }

  /** The program's terminal gets this one's size: at once and whenever it changes. */
  #lead(): void {
    const tell = () => this.#attachment.send({ type: 'resize', ...lastSize.get() });
    tell();
    this.#terminal.onResize(tell);
  }

  #write(bytes: Uint8Array | string, stream: 'stdout' | 'stderr'): void {
    // A program's own errors come over its terminal; what comes apart is the compiler's, which had none.
    if (stream === 'stderr' && typeof bytes === 'string') bytes = bytes.replaceAll(/\r?\n/gu, '\r\n');
    this.#terminal.write(bytes);
  }

  #fitToBox(): void {
    // A hidden pane has no size, and the program should not hear of that.
    if (this.box.clientWidth === 0 || this.box.clientHeight === 0) return;
    const proposed = this.#fit.proposeDimensions();
    if (!proposed || !Number.isFinite(proposed.cols) || !Number.isFinite(proposed.rows)) return;
    const size = bounded(proposed);
    lastSize.set(size);
    if (size.cols !== this.#terminal.cols || size.rows !== this.#terminal.rows)
      this.#terminal.resize(size.cols, size.rows);
  }

  /** Whether a key is the terminal's rather than the browser's. */
  #takesKey(event: KeyboardEvent): boolean {
    // The way out for those who have no mouse: Tab itself belongs to the program.
    if (event.key === 'Tab' && event.shiftKey) return false;
    if (!event.ctrlKey || event.altKey || event.metaKey) return true;
    const key = event.key.toLowerCase();
    // Nobody here could let a stopped program go on.
    if (key === 'z') {
      event.preventDefault();
      return false;
    }
    if (key === 'v') return false;
    return !(key === 'c' && this.#terminal.hasSelection());
  }
}

function appearance({ scheme, fontSize, fontFamily }: Look) {
  return { theme: LOOKS[scheme], fontSize, fontFamily };
}
