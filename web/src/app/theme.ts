import { colorsTuple, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eef3ff',
  '#dbe4fb',
  '#b4c6f4',
  '#8aa6ee',
  '#678ae8',
  '#4f78e5',
  '#3f6ddf',
  '#2f5fd0',
  '#2854bb',
  '#1e48a5',
];

/** From text (0) over borders (4) to surfaces (6, 7); in step with the tokens of `global.css`. */
const dark: MantineColorsTuple = [
  '#d9dde4',
  '#b9c0cb',
  '#8b95a5',
  '#5f6979',
  '#323945',
  '#272d37',
  '#1e232b',
  '#14171c',
  '#101318',
  '#0b0d11',
];

/** The component kit's tokens: dense, calm, system fonts. */
export const theme = createTheme({
  primaryColor: 'ink',
  // The Run button's green: white text is readable on it, pointed at or not.
  colors: { ink, dark, run: colorsTuple('#087f5b') },
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'sm',
  autoContrast: true,
  cursorType: 'pointer',
  focusRing: 'auto',
  fontFamily: 'ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  components: {
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
  },
});

/** Where Mantine's own colours are too faint to read (WCAG wants 4.5 to 1): lesser text, and light badges. */
export const cssVariables: CSSVariablesResolver = () => {
  const muted = { '--mantine-color-dimmed': 'var(--cc-muted)', '--mantine-color-placeholder': 'var(--cc-muted)' };
  const badges = {
    '--mantine-color-teal-light-color': '#066649',
    '--mantine-color-orange-light-color': '#8a3305',
    '--mantine-color-red-light-color': '#a51d1d',
  };
  return { variables: {}, light: { ...muted, ...badges }, dark: muted };
};
