import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { TextField, useForm } from '../../app/definition'
import { CodeEditor, type CodeMark, Icon, sentence } from '../../ui'
import { LengthBar } from './LengthBar'
import classes from './TemplateEditor.module.css'
import { lineIn } from './templates'
import type { usePreview } from './usePreview'

/** One language of a template; what is wrong stands at its line. */
export function VariantForm({
  language,
  shown,
}: {
  language: string
  shown: ReturnType<typeof usePreview>
}) {
  const { t } = useTranslation('templates')
  const form = useForm()
  const path = `/variants/${language}`
  const hasText = form.value(`${path}/text`) !== undefined
  const chinese = language.startsWith('zh')
  const mjmlMarks = useMarks(`${path}/mjml`, language, 'mjml', shown)
  const textMarks = useMarks(`${path}/text`, language, 'text', shown)
  const mail = shown.mail?.language === language ? shown.mail : undefined
  return (
    <>
      <div>
        <TextField path={`${path}/subject`} label={t('subject')} required />
        <LengthBar text={mail?.subject ?? form.text(`${path}/subject`)} good={chinese ? 30 : 60} />
      </div>
      <div>
        <TextField path={`${path}/preheader`} label={t('preheader')} hint={t('preheader_hint')} />
        <LengthBar
          text={mail?.preheader ?? form.text(`${path}/preheader`)}
          good={chinese ? 50 : 100}
        />
      </div>
      <div className={classes.code}>
        <span className={classes.label}>{t('mjml')}</span>
        <CodeEditor
          label={t('mjml')}
          language="mjml"
          value={form.text(`${path}/mjml`)}
          marks={mjmlMarks}
          readOnly={form.readOnly}
          height="440px"
          path={`${path}/mjml`}
          onChange={(next) => next !== form.text(`${path}/mjml`) && form.set(`${path}/mjml`, next)}
        />
        <Marks marks={mjmlMarks} />
      </div>
      <div className={classes.code}>
        <div className={classes.head}>
          <span className={classes.label}>{t('text')}</span>
          {!form.readOnly && (
            <Button
              variant="default"
              leftSection={<Icon name={hasText ? 'minus' : 'plus'} size={14} />}
              onClick={() =>
                form.set(`${path}/text`, hasText ? undefined : (shown.mail?.text ?? ''))
              }
            >
              {hasText ? t('text_made') : t('text_own')}
            </Button>
          )}
        </div>
        {hasText ? (
          <CodeEditor
            label={t('text')}
            language="text"
            value={form.text(`${path}/text`)}
            marks={textMarks}
            readOnly={form.readOnly}
            height="200px"
            path={`${path}/text`}
            onChange={(next) =>
              next !== form.text(`${path}/text`) && form.set(`${path}/text`, next)
            }
          />
        ) : (
          <span className={classes.soft}>{t('text_hint')}</span>
        )}
        <Marks marks={textMarks} />
      </div>
    </>
  )
}

/** What the check and the preview say about one part, each at its line. */
function useMarks(
  path: string,
  language: string,
  part: string,
  shown: ReturnType<typeof usePreview>,
): CodeMark[] {
  const { problems } = useForm()
  const { place, problem } = shown
  return useMemo(() => {
    const checked = problems
      .filter((one) => one.path === path)
      .map((one) => ({
        line: lineIn(one.message),
        message: sentence(one.message),
        hint: one.hint,
      }))
    const here = place && problem && place.language === language && place.part === part
    if (!here || checked.length > 0) return checked
    const { detail, hint, title } = problem.document
    return [{ line: place.line, message: `${detail ?? title}.`, hint }]
  }, [problems, place, problem, path, language, part])
}

function Marks({ marks }: { marks: CodeMark[] }) {
  const { t } = useTranslation('templates')
  if (marks.length === 0) return null
  return (
    <div role="alert">
      <ul className={classes.marks}>
        {marks.map((mark) => (
          <li key={`${mark.line} ${mark.message}`}>
            <code>{t('line', { line: mark.line })}</code> {mark.message}{' '}
            {mark.hint && sentence(mark.hint)}
          </li>
        ))}
      </ul>
    </div>
  )
}
