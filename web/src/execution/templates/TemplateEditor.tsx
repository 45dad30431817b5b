import { Button, Group, SegmentedControl } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import {
  ChoiceField,
  type Definition,
  Fields,
  NameField,
  useCustomer,
  useForm,
} from '../../app/definition'
import { useWord } from '../../locales/words'
import { Icon, Panel, useUrl } from '../../ui'
import { ChecksPanel } from './ChecksPanel'
import { FieldsPanel } from './FieldsPanel'
import { PreviewPanel } from './PreviewPanel'
import classes from './TemplateEditor.module.css'
import { blankVariant, templateOf } from './templates'
import { usePreview } from './usePreview'
import { VariantForm } from './VariantForm'

const offered = ['en', 'zh']

/** The words of a mail on the left, the mail itself on the right. */
export function TemplateEditor({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('templates')
  const word = useWord()
  const may = useMay()
  const form = useForm()
  const [search, setSearch] = useUrl()
  const template = templateOf(form.body)
  const languages = Object.keys(template.variants ?? {})
  const language = languages.includes(search.language ?? '')
    ? (search.language ?? 'en')
    : (languages[0] ?? 'en')
  const customer = useCustomer()
  const real = may('view_customers') && search.as !== 'invented'
  const shown = usePreview(
    template,
    {
      language,
      ...(real && customer.customerId ? { customer_id: customer.customerId } : {}),
      ...(search.offer ? { offer: search.offer } : {}),
    },
    languages.length > 0,
  )
  return (
    <div className={classes.columns}>
      <div className={classes.column}>
        <Panel title={t('general')}>
          <Fields>
            <NameField />
            <ChoiceField
              path="/purpose"
              label={t('purpose')}
              hint={t('purpose_hint')}
              choices={['marketing', 'service'].map((value) => ({
                value,
                label: word('purpose', value),
              }))}
            />
          </Fields>
        </Panel>
        <Panel title={t('words')} side="ours">
          <Fields>
            <Group gap="xs">
              <SegmentedControl
                aria-label={t('language')}
                value={language}
                data={languages.map((value) => ({ value, label: languageName(value) }))}
                onChange={(value) => setSearch({ language: value })}
              />
              {!form.readOnly &&
                offered
                  .filter((one) => !languages.includes(one))
                  .map((one) => (
                    <Button
                      key={one}
                      variant="default"
                      leftSection={<Icon name="plus" size={14} />}
                      onClick={() => {
                        form.set(`/variants/${one}`, blankVariant(one))
                        setSearch({ language: one })
                      }}
                    >
                      {t('add_language', { language: languageName(one) })}
                    </Button>
                  ))}
            </Group>
            {languages.includes(language) && (
              <VariantForm key={language} language={language} shown={shown} />
            )}
          </Fields>
        </Panel>
        <FieldsPanel definition={definition} language={language} />
      </div>
      <div className={`${classes.column} ${classes.sticky}`}>
        <PreviewPanel shown={shown} customer={customer} real={real} />
        {shown.mail && (
          <ChecksPanel
            html={shown.mail.html}
            marketing={template.purpose !== 'service'}
            languages={languages}
          />
        )}
      </div>
    </div>
  )

  function languageName(value: string): string {
    if (value === 'en') return t('en')
    return value === 'zh' ? t('zh') : value
  }
}
