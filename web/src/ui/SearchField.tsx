import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { Icon } from './Icon'

/** A search that waits for a pause in typing; `/` jumps to it. */
export function SearchField({
  label,
  value,
  onSearch,
}: {
  label: string
  value: string
  onSearch: (text: string) => void
}) {
  const [text, setText] = useState(value)
  const [given, setGiven] = useState(value)
  const [sent, setSent] = useState(value)
  const search = useDebouncedCallback((asked: string) => {
    setSent(asked)
    onSearch(asked)
  }, 200)
  if (given !== value) {
    setGiven(value)
    // What was searched for comes back, perhaps late: more may have been typed since.
    if (value !== sent) {
      setSent(value)
      setText(value)
    }
  }
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      data-shortcut="/"
      leftSection={<Icon name="search" size={14} />}
      onChange={(event) => {
        setText(event.currentTarget.value)
        search(event.currentTarget.value.trim())
      }}
      style={{ flex: '1 1 220px', maxWidth: 420 }}
    />
  )
}
