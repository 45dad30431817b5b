import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type MantineThemeOverride,
  mergeThemeOverrides,
  type VariantColorsResolver,
} from '@mantine/core'

/** Ten steps of the action colour; 7 is used on light, 3 on dark. */
const action: MantineColorsTuple = [
  '#e3f2f1',
  '#c3e4e2',
  '#93d3cf',
  '#5fc9c1',
  '#37aaa3',
  '#1d8f89',
  '#0f7a76',
  '#0b6a68',
  '#075351',
  '#053c3b',
]

/** Greys with a trace of blue; step 4 draws the borders of fields and needs 3:1. */
const gray: MantineColorsTuple = [
  '#f6f8fa',
  '#eef1f5',
  '#e5e9ee',
  '#dce1e8',
  '#828d9c',
  '#717d8d',
  '#5f6b7b',
  '#525d6d',
  '#323b48',
  '#19202b',
]
const dark: MantineColorsTuple = [
  '#e5e9ef',
  '#c3cad4',
  '#a3adbb',
  '#8590a1',
  '#66728a',
  '#2c3440',
  '#1f2630',
  '#181d25',
  '#11151b',
  '#0b0e12',
]

const compact = { defaultProps: { size: 'xs' } }

/** Filled things take their text colour from the tokens too, so that both schemes keep contrast. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input)
  if (input.variant !== 'filled') return colors
  return { ...colors, color: input.color === 'red' ? 'var(--on-bad)' : 'var(--on-action)' }
}

export const theme: MantineThemeOverride = createTheme({
  primaryColor: 'action',
  primaryShade: { light: 7, dark: 3 },
  variantColorResolver,
  colors: { action, gray, dark },
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '13px', sm: '14px', md: '15px', lg: '17px', xl: '20px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  defaultRadius: 6,
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  shadows: { xs: 'none', sm: 'none', md: '0 4px 16px rgb(0 0 0 / 0.12)' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '1.3' },
      h2: { fontSize: '16px', lineHeight: '1.35' },
      h3: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  respectReducedMotion: true,
  components: {
    Button: compact,
    TextInput: compact,
    PasswordInput: compact,
    NumberInput: compact,
    Select: compact,
    MultiSelect: compact,
    TagsInput: compact,
    Textarea: compact,
    NativeSelect: compact,
    Checkbox: compact,
    Switch: compact,
    Radio: compact,
    // On a phone the choices take a second line.
    SegmentedControl: { ...compact, styles: { root: { flexWrap: 'wrap', maxWidth: '100%' } } },
    Text: { defaultProps: { size: 'sm' } },
    Anchor: { defaultProps: { size: 'sm', underline: 'hover' } },
    Tooltip: {
      defaultProps: {
        withArrow: true,
        openDelay: 300,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Modal: { defaultProps: { centered: true, padding: 'md' } },
    Menu: {
      // Its placeholder is a focusable child that role=menu does not allow.
      defaultProps: { shadow: 'md', position: 'bottom-end', withInitialFocusPlaceholder: false },
    },
  },
})

/** The theme with the names that assistive software reads out, in the language of the screen. */
export function spokenTheme(names: { close: string; show: string }): MantineThemeOverride {
  const close = { defaultProps: { closeButtonProps: { 'aria-label': names.close } } }
  const toggle = { 'aria-label': names.show, tabIndex: 0 }
  return mergeThemeOverrides(theme, {
    components: {
      Modal: close,
      Drawer: close,
      Notification: close,
      PasswordInput: { defaultProps: { visibilityToggleButtonProps: toggle } },
    },
  })
}

/** Mantine's own variables, bound to our tokens; its defaults fail contrast in both schemes. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-placeholder': 'var(--ink-soft)',
    '--mantine-color-anchor': 'var(--action)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-hover': 'var(--sunken)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-disabled': 'var(--sunken)',
    '--mantine-color-disabled-color': 'var(--ink-soft)',
    '--mantine-color-disabled-border': 'var(--line)',
    '--mantine-primary-color-filled': 'var(--action)',
    '--mantine-primary-color-filled-hover': 'var(--action-strong)',
    '--mantine-primary-color-contrast': 'var(--on-action)',
    '--mantine-primary-color-light': 'var(--action-soft)',
    '--mantine-primary-color-light-color': 'var(--action)',
    '--mantine-color-action-filled': 'var(--action)',
    '--mantine-color-action-filled-hover': 'var(--action-strong)',
    '--mantine-color-action-light': 'var(--action-soft)',
    '--mantine-color-action-light-color': 'var(--action)',
    '--mantine-color-action-outline': 'var(--action)',
    '--mantine-color-red-filled': 'var(--bad)',
    '--mantine-color-red-filled-hover': 'var(--bad)',
    '--mantine-color-red-light': 'var(--bad-soft)',
    '--mantine-color-red-light-color': 'var(--bad)',
    '--mantine-color-red-outline': 'var(--bad)',
  }
  return { variables: {}, light: both, dark: both }
}
