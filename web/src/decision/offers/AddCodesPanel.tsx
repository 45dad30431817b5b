import { Button, FileButton, Group, NumberInput, Stack, Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRefusal } from '../../app/definition'
import { ConfirmButton, ErrorPanel, Panel, placeName, useFormat } from '../../ui'
import { batches, type CodeLine, codesIn, lineOf, useAddCodes, useWithdrawCodes } from './codes'
import classes from './OffersPage.module.css'

/** More codes for a pool: made here, typed, or from a file; or no more of those that are free. */
export function AddCodesPanel({ offer, free }: { offer: string; free: number }) {
  const { t } = useTranslation('offers')
  const refusal = useRefusal('edit_offers')
  const format = useFormat()
  const withdraw = useWithdrawCodes()
  if (refusal) {
    return (
      <Panel title={t('codes.add')}>
        <p className={classes.soft}>{refusal}</p>
      </Panel>
    )
  }
  return (
    <Panel title={t('codes.add')}>
      <Stack gap="md">
        <MakeCodes offer={offer} />
        <OwnCodes offer={offer} />
        {withdraw.error && <ErrorPanel error={withdraw.error} />}
        <div>
          <ConfirmButton
            label={t('codes.withdraw')}
            title={t('codes.withdraw_title')}
            text={t('codes.withdraw_text', { number: format.number(free) })}
            confirm={t('codes.withdraw')}
            danger
            disabledBecause={free === 0 ? t('codes.none_free') : undefined}
            loading={withdraw.isPending}
            onConfirm={() => withdraw.mutate({ path: { key: offer } })}
          />
        </div>
      </Stack>
    </Panel>
  )
}

function useSaid() {
  const { t } = useTranslation('offers')
  const format = useFormat()
  return (added: number, known: number) =>
    notifications.show({
      message: t('codes.added', { added: format.number(added), known: format.number(known) }),
    })
}

function MakeCodes({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const [count, setCount] = useState(1000)
  const [prefix, setPrefix] = useState('')
  const add = useAddCodes()
  const say = useSaid()
  const names = { '/generate/count': t('codes.count'), '/generate/prefix': t('codes.prefix') }
  const generate = { count, prefix, length: 10 }
  const make = () =>
    add.mutate(
      { path: { key: offer }, body: { codes: [], generate } },
      { onSuccess: (done) => say(done.added, done.known) },
    )
  return (
    <>
      <Group align="end" gap="sm">
        <NumberInput
          label={t('codes.count')}
          value={count}
          min={1}
          max={50_000}
          hideControls
          onChange={(next) => setCount(Number(next) || 0)}
        />
        <TextInput
          label={t('codes.prefix')}
          value={prefix}
          maxLength={32}
          onChange={(event) => setPrefix(event.currentTarget.value)}
        />
        <Button loading={add.isPending} disabled={count < 1} onClick={make}>
          {t('codes.generate')}
        </Button>
      </Group>
      {add.error && <ErrorPanel error={add.error} nameOf={(path) => placeName(names, path)} />}
    </>
  )
}

function OwnCodes({ offer }: { offer: string }) {
  const { t } = useTranslation('offers')
  const format = useFormat()
  const say = useSaid()
  const add = useAddCodes()
  const [text, setText] = useState('')
  const [sent, setSent] = useState<CodeLine[]>([])
  const [sending, setSending] = useState(false)
  const read = useMemo(() => codesIn(text), [text])
  const send = async () => {
    setSending(true)
    let [added, known] = [0, 0]
    for (const part of batches(read.codes)) {
      setSent(part)
      const body = { codes: part.map((one) => one.code) }
      const done = await add.mutateAsync({ path: { key: offer }, body }).catch(() => null)
      if (!done) break
      added += done.added
      known += done.known
    }
    setSending(false)
    if (added + known > 0) say(added, known)
    // What is no code stays, to be corrected.
    if (added + known === read.codes.length) setText(read.wrong.map((one) => one.code).join('\n'))
  }
  const count = read.codes.length
  const errors = add.error?.errors.map((one) => {
    const line = lineOf(one.path, sent)
    return line ? { ...one, path: t('codes.at_line', { line: format.number(line) }) } : one
  })
  return (
    <>
      <Textarea
        label={t('codes.paste')}
        description={t('codes.paste_hint')}
        rows={4}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <LeftOut lines={read.wrong} text="codes.wrong" />
      <LeftOut lines={read.twice} text="codes.twice" />
      {add.error && (
        <ErrorPanel
          error={{ document: { ...add.error.document, errors } }}
          nameOf={(path) => placeName({ '/codes': t('codes.paste') }, path)}
        />
      )}
      <Group gap="sm">
        <FileButton
          accept=".csv,.txt,text/plain,text/csv"
          onChange={(file) => file?.text().then(setText)}
        >
          {(props) => (
            <Button variant="default" {...props}>
              {t('codes.file')}
            </Button>
          )}
        </FileButton>
        <Button variant="default" loading={sending} disabled={count === 0} onClick={send}>
          {t('codes.upload', { count, number: format.number(count) })}
        </Button>
        {count === 0 && <span className={classes.soft}>{t('codes.nothing')}</span>}
      </Group>
    </>
  )
}

/** Lines that are not added, the first of them by number. */
function LeftOut({ lines, text }: { lines: CodeLine[]; text: 'codes.wrong' | 'codes.twice' }) {
  const { t, i18n } = useTranslation('offers')
  const format = useFormat()
  if (lines.length === 0) return null
  const named = lines
    .slice(0, 10)
    .map(({ line, code }) => t('codes.line', { line: format.number(line), code }))
  const more = lines.length - named.length
  if (more > 0) named.push(t('codes.more', { count: more, number: format.number(more) }))
  const list = new Intl.ListFormat(i18n.language).format(named)
  return (
    <p className={classes.warned} role="status">
      {t(text, { count: lines.length, number: format.number(lines.length), list })}
    </p>
  )
}
