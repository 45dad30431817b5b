import { Button, Group, Text, Textarea } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  CopyButton,
  EmptyState,
  ErrorPanel,
  Icon,
  PageHeader,
  Panel,
  placeName,
  useUrl,
} from '../../ui'
import { AnswerTable } from './AnswerTable'
import classes from './SqlPage.module.css'
import { examples, useAsk, useDownload } from './sql'

/** One question in SQL; the question is in the address, so the link can be passed on. */
export default function SqlPage() {
  const { t } = useTranslation('sql')
  const [search, setSearch] = useUrl()
  const [sql, setSql] = useState(search.sql ?? '')
  const { ask, cancel } = useAsk()
  const download = useDownload()
  const nameOf = (path: string) => placeName({ '/sql': t('question') }, path)
  const run = (question: string) => {
    setSearch({ sql: question })
    ask.mutate(question)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && sql.trim()) run(sql)
  }
  return (
    <>
      <PageHeader title={t('title')} lead={t('lead')} />
      <div className={classes.page}>
        <Panel title={t('question')}>
          <Textarea
            aria-label={t('question')}
            classNames={{ input: classes.editor }}
            autosize
            minRows={5}
            maxRows={20}
            spellCheck={false}
            value={sql}
            onChange={(event) => setSql(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <Group gap="xs" mt="sm">
            <Button
              disabled={!sql.trim()}
              title={sql.trim() ? undefined : t('write_first')}
              loading={ask.isPending}
              onClick={() => run(sql)}
            >
              {t('run')}
            </Button>
            {ask.isPending && (
              <Button variant="default" onClick={cancel}>
                {t('cancel')}
              </Button>
            )}
            {ask.data && (
              <Button
                variant="default"
                loading={download.isPending}
                leftSection={<Icon name="download" size={14} />}
                onClick={() => download.mutate(search.sql ?? sql)}
              >
                {t('download')}
              </Button>
            )}
            {search.sql && <CopyButton value={window.location.href} label={t('copy_link')} />}
          </Group>
          <Text size="sm" c="dimmed" mt="xs">
            {t('hint')}
          </Text>
        </Panel>
        {ask.error && <ErrorPanel error={ask.error} nameOf={nameOf} />}
        {download.error && <Text c="red">{t('download_failed')}</Text>}
        {ask.data && <AnswerTable answer={ask.data} />}
        {ask.isIdle && (
          <EmptyState
            title={t('empty.title')}
            text={t('empty.text')}
            actions={examples.map((example) => (
              <Button key={example.key} variant="default" onClick={() => setSql(example.sql)}>
                {t(`examples.${example.key}`)}
              </Button>
            ))}
          />
        )}
      </div>
    </>
  )
}
