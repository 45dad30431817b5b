//! Tests of templates: strictness, safety, limits, languages, hints.

use serde_json::json;
use store::definition::ProblemCode;

use super::*;

fn template(subject: &str, content: &str) -> Template {
    let mjml = format!(
        "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{content}</mj-text>\n\
         </mj-column></mj-section></mj-body></mjml>"
    );
    let variant = Variant {
        subject: subject.into(),
        preheader: String::new(),
        mjml,
        text: None,
    };
    Template {
        name: BTreeMap::new(),
        channel: "email".into(),
        purpose: Purpose::Service,
        variants: BTreeMap::from([("en".to_owned(), variant)]),
    }
}

fn data() -> Data {
    Data::new(json!({
        "customer": {
            "first_name": "Ann", "last_name": null, "姓名": "王小明", "bio": "<b>\"x\" & 'y'</b>",
            "tags": ["gold", "early"], "site": "javascript:alert(1)",
        },
        "cart": { "currency": "GBP", "lines": [
            { "title": "Tea & cup", "price_cents": 1250 },
            { "title": "Lamp", "price_cents": 99, "note": "last one" },
        ]},
        "links": { "unsubscribe": "https://r.example/u/1" },
    }))
}

fn text_of(content: &str) -> Result<String, RenderError> {
    render(&template("Hi", content), "en", &data()).map(|rendered| rendered.text)
}

fn written(content: &str) -> String {
    text_of(content).unwrap_or_else(|error| panic!("{content}: {error}"))
}

fn refused(content: &str) -> RenderError {
    text_of(content).expect_err(content)
}

#[test]
fn a_message_is_written_from_the_customers_data() {
    let mut template = template("{{ customer.first_name }},\nyour cart", "Hello");
    let variant = template.variants.get_mut("en").unwrap();
    variant.preheader = "{{ cart.lines.size }} things & more".into();
    let rendered = render(&template, "en", &data()).unwrap();
    assert_eq!(rendered.subject, "Ann, your cart");
    assert_eq!(rendered.preheader, "2 things & more");
    assert!(
        rendered
            .html
            .contains("overflow:hidden\">2 things &amp; more</div>")
    );
    assert!(
        rendered.html.contains("lang=\"en\""),
        "{}",
        &rendered.html[..200]
    );
    assert!(!rendered.html.contains("fonts.googleapis.com"));
    assert_eq!(rendered.text, "Hello");
}

#[test]
fn a_missing_field_is_an_error_that_names_place_and_remedy() {
    let error = refused("a\nb {{ customer.frist_name | upcase }}");
    let place = Place {
        language: "en".into(),
        part: PartName::Mjml,
        line: 3,
    };
    let expected = RenderError::MissingField {
        path: "customer.frist_name".into(),
        place,
        hint: "Did you mean `customer.first_name`?".into(),
    };
    assert_eq!(error, expected);
    let text = "customer.frist_name has no value (variant en, mjml line 3)";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.problem().path, "/variants/en/mjml");
}

#[test]
fn each_way_to_print_nothing_is_refused() {
    for content in [
        "{{ customer.nothing }}",
        "{{ customer.last_name }}",
        "{{ nobody.name | upcase }}",
        "{{ customer.address.city.name }}",
        "{{ 'a' | append: customer.nothing }}",
        "{% assign x = customer.nothing %}{{ x }}",
        "{% for x in cart.nothing %}{% endfor %}",
        "{% for line in cart.lines %}{{ line.note }}{% endfor %}",
        "{{ cart.lines[7].title }}",
    ] {
        assert!(
            matches!(refused(content), RenderError::MissingField { .. }),
            "{content}"
        );
    }
}

#[test]
fn a_default_or_a_test_makes_a_field_optional() {
    let table = [
        ("Hi {{ customer.nothing | default: 'there' }}", "Hi there"),
        (
            "Hi {{ customer.nothing | upcase | default: 'there' }}",
            "Hi there",
        ),
        (
            "Hi {{ customer.a.b.c | default: customer.first_name }}",
            "Hi Ann",
        ),
        ("{% if customer.nothing %}a{% else %}b{% endif %}", "b"),
        (
            "{% if customer.nothing == 'x' %}a{% elsif customer.first_name == 'Ann' %}b{% endif %}",
            "b",
        ),
        (
            "{% if customer.nothing > 3 or customer.tags contains 'gold' %}a{% endif %}",
            "a",
        ),
        (
            "{% if customer.nothing contains 'gold' %}a{% else %}b{% endif %}",
            "b",
        ),
        ("{% unless customer.last_name %}a{% endunless %}", "a"),
        (
            "{% case customer.nothing %}{% when 'a' %}a{% else %}b{% endcase %}",
            "b",
        ),
        (
            "{% for line in cart.lines %}{{ line.note | default: '-' }} {% endfor %}",
            "- last one",
        ),
    ];
    for (content, expected) in table {
        assert_eq!(written(content), expected, "{content}");
    }
}

#[test]
fn loops_sums_and_other_scripts_work() {
    let table = [
        (
            "{% for line in cart.lines %}{{ forloop.index }}. {{ line.title }} \
             {{ line.price_cents | money: cart.currency }}; {% endfor %}",
            "1. Tea & cup £12.50; 2. Lamp £0.99;",
        ),
        ("{{ customer.姓名 }}您好", "王小明您好"),
        ("{{ customer['first_name'] }}", "Ann"),
        (
            "{{ cart.lines[1].title }} {{ cart.lines.last.title }}",
            "Lamp Lamp",
        ),
        ("{% assign n = 2 | times: 3 %}{{ n | plus: 1 }}", "7"),
        ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123"),
        (
            "{% raw %}{{ x }}{% endraw %}{% comment %}{{ broken {% endcomment %}",
            "{{ x }}",
        ),
        (
            "a  {%- if customer.first_name -%}  b  {%- endif -%}  c",
            "abc",
        ),
        ("a  {{- customer.first_name -}}  c", "aAnnc"),
    ];
    for (content, expected) in table {
        assert_eq!(written(content), expected, "{content}");
    }
}

#[test]
fn customer_data_cannot_become_html() {
    let html = |content: &str| {
        render(&template("Hi", content), "en", &data())
            .unwrap()
            .html
    };
    let escaped = "&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;";
    for content in [
        "{{ customer.bio }}",
        "{{ customer.bio | escape }}",
        "{{ customer.bio | newline_to_br }}",
        "{% capture x %}{{ customer.bio }}{% endcapture %}{{ x }}",
        "{% assign x = customer.bio %}{{ x }}",
        "<a href=\"https://s/?q={{ customer.bio }}\">x</a>",
    ] {
        let html = html(content);
        assert!(
            html.contains(escaped) && !html.contains("<b>"),
            "{content}: {html}"
        );
    }
    assert!(html("{{ customer.bio | raw }}").contains("<b>\"x\" & 'y'</b>"));
}

#[test]
fn attributes_of_mjml_cannot_be_broken_out_of() {
    let mut template = template("Hi", "");
    let variant = template.variants.get_mut("en").unwrap();
    variant.mjml = "<mjml><mj-body><mj-section><mj-column>\
        <mj-button href=\"https://s/{{ customer.bio }}\">x</mj-button>\
        <mj-image src=\"https://s/i.png\" alt=\"{{ customer.bio }}\" />\
        </mj-column></mj-section></mj-body></mjml>"
        .into();
    let html = render(&template, "en", &data()).unwrap().html;
    assert!(!html.contains("<b>") && !html.contains("\"x\""), "{html}");
}

#[test]
fn a_link_from_data_that_runs_something_is_refused() {
    let error = refused("<a href=\"{{ customer.site }}\">x</a>");
    assert!(
        error.to_string().contains("is not a web address"),
        "{error}"
    );
}

#[test]
fn the_subject_of_a_mail_is_one_line_whatever_the_data_say() {
    let data = Data::new(json!({ "customer": { "name": "A\r\nBcc: x@y" } }));
    let rendered = render(&template("Hi {{ customer.name }}", "x"), "en", &data).unwrap();
    assert_eq!(rendered.subject, "Hi A Bcc: x@y");
}

#[test]
fn no_template_runs_for_ever_or_grows_without_end() {
    let loops = "{% for a in (1..999) %}{% for b in (1..999) %}{% for c in (1..999) %}\
                 {% endfor %}{% endfor %}{% endfor %}";
    let grows = "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..99) %}\
                 {% assign s = s | append: s %}{% endfor %}";
    let captures = "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..99) %}{% capture t %}{{ s }}\
                    {{ s }}{% endcapture %}{% assign s = t %}{% endfor %}";
    let long = format!(
        "{{% for i in (1..999) %}}{}{{% endfor %}}",
        "x".repeat(20_000)
    );
    for content in [loops, grows, captures, long.as_str()] {
        let error = refused(content).to_string();
        assert!(error.contains("too much"), "{error}");
    }
    let huge = refused("{% for i in (1..999999999) %}{% endfor %}");
    assert!(
        huge.to_string().contains("counts at most to 1000"),
        "{huge}"
    );
    let deep = format!("{}x", "<div>".repeat(50_000));
    assert!(refused(&deep).to_string().contains("inside each other"));
    let deep = format!(
        "{}{}",
        "{% if customer %}".repeat(3000),
        "{% endif %}".repeat(3000)
    );
    assert!(refused(&deep).to_string().contains("inside each other"));
}

#[test]
fn mistakes_are_explained_with_their_line() {
    let table = [
        (
            "\n{{ customer.first_name | upcas }}",
            3,
            "there is no filter `upcas`",
        ),
        ("{% fi x %}", 2, "there is no tag `fi`"),
        ("{% include 'x' %}", 2, "there is no tag `include`"),
        (
            "{% if customer.first_name %}",
            2,
            "`{% if %}` is never ended",
        ),
        ("{% endfor %}", 2, "`{% endfor %}` ends nothing"),
        ("\n\n{{ customer.first_name ", 4, "`{{` is never closed"),
        ("{{ }}", 2, "`{{ }}` is empty"),
        ("{{ a b }}", 2, "the value is not one word or text"),
        ("{{ __1 }}", 2, "the name __1 is reserved"),
        (
            "{{ 'now' | date: '%Y' }}",
            2,
            "a message does not read the clock",
        ),
        (
            "{% assign customer = 1 %}",
            2,
            "`customer` cannot be the name of a variable",
        ),
        (
            "{{ 'a' | replace: 'a', customer.bio }}",
            2,
            "`replace` takes only texts in quotes",
        ),
    ];
    for (content, line, message) in table {
        match refused(content) {
            RenderError::Unusable {
                message: said,
                place,
                ..
            } => {
                assert_eq!((place.line, said.as_str()), (line, message), "{content}");
            }
            other => panic!("{content}: {other}"),
        }
    }
}

#[test]
fn a_filter_that_cannot_work_names_its_line() {
    let error = refused("a\n{{ customer.first_name | divided_by: 2 }}");
    assert!(
        error.to_string().ends_with("(variant en, mjml line 3)"),
        "{error}"
    );
}

#[test]
fn the_nearest_language_is_used() {
    let mut template = template("en", "x");
    for language in ["zh", "pt-BR"] {
        let variant = template.variants["en"].clone();
        let variant = Variant {
            subject: language.into(),
            ..variant
        };
        template.variants.insert(language.into(), variant);
    }
    let compiled = Compiled::compile(&template).unwrap();
    let table = [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("pt", "pt-BR"),
        ("pt_PT", "pt-BR"),
        ("fr", "en"),
        ("", "en"),
    ];
    for (wanted, used) in table {
        assert_eq!(
            compiled.render(wanted, &data()).unwrap().subject,
            used,
            "{wanted}"
        );
    }
}

#[test]
fn the_fields_of_each_variant_are_known() {
    let template = template(
        "{{ customer.first_name }}",
        "{% for line in cart.lines %}{{ line.title }}{% if line.note %}{{ line.note }}{% endif %}\
         {% endfor %}{{ customer.nick | default: 'x' }}{% assign a = offer.title %}{{ a }}",
    );
    let used = Compiled::compile(&template).unwrap().fields_used();
    let fields: Vec<(&str, bool)> = used["en"]
        .iter()
        .map(|field| (field.path.as_str(), field.required))
        .collect();
    let expected = [
        ("cart.lines", true),
        ("cart.lines[].note", true),
        ("cart.lines[].title", true),
        ("customer.first_name", true),
        ("customer.nick", false),
        ("offer.title", true),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn a_definition_is_checked_with_place_and_remedy() {
    let body = json!({
        "name": {"en": "Cart"}, "channel": "email",
        "variants": {
            "en": { "subject": "", "mjml": "<mjml><mj-body>\n<mj-sektion/></mj-body></mjml>" },
            "zh": { "subject": "{{ custmer.name }}", "mjml":
                "<mjml><mj-body><mj-section><mj-column><mj-text>\n{{ x | upcas }}</mj-text>\
                 </mj-column></mj-section></mj-body></mjml>" },
        },
    });
    let problems = validate(&body);
    let said: Vec<String> = problems
        .iter()
        .map(|p| format!("{}: {}", p.path, p.message))
        .collect();
    let expected = [
        "/variants/en/subject: the subject is empty",
        "/variants/en/mjml: line 2: there is no element `mj-sektion`",
        "/variants/zh/mjml: line 2: there is no filter `upcas`",
    ];
    assert_eq!(said, expected);
    assert!(
        problems.iter().all(|problem| problem.hint.is_some()),
        "{problems:?}"
    );
}

#[test]
fn a_marketing_template_needs_an_unsubscribe_link_and_known_data() {
    let mut marketing = template("Hi {{ custmer.first_name }}", "Hello");
    marketing.purpose = Purpose::Marketing;
    let problems = validate(&serde_json::to_value(&marketing).unwrap());
    assert_eq!(problems.len(), 2, "{problems:?}");
    let hint = problems[0].hint.as_deref();
    assert_eq!(hint, Some("Did you mean `customer`?"));
    assert!(problems[1].message.contains("unsubscribe"));
    assert_eq!(problems[0].code, Some(ProblemCode::NoSuchField));
    assert_eq!(problems[1].code, Some(ProblemCode::NoUnsubscribe));
    let link = "<a href=\"{{ links.unsubscribe }}\">Unsubscribe</a>";
    let mut marketing = template("Hi", link);
    marketing.purpose = Purpose::Marketing;
    assert_eq!(validate(&serde_json::to_value(&marketing).unwrap()), []);
}

#[test]
fn an_unknown_key_is_named() {
    let problems = validate(&json!({ "channel": "email", "variants": {}, "varients": {} }));
    assert!(problems[0].message.contains("varients"), "{problems:?}");
}

#[test]
fn a_cart_mail_reads_as_a_customer_should_see_it() {
    let mut template = template("Your cart", "");
    template.variants.get_mut("en").unwrap().mjml = r#"<mjml><mj-body><mj-section><mj-column>
        <mj-image src="https://s.example/logo.png" alt="Shop" href="https://s.example"/>
        <mj-text>Hello {{ customer.nick | default: customer.first_name }},</mj-text>
        {% for line in cart.lines %}
        <mj-text>{{ line.title }}: {{ line.price_cents | money: cart.currency }}</mj-text>
        {% endfor %}
        <mj-button href="https://s.example/cart?a=1&amp;b={{ customer.姓名 | url_encode }}">
        Back to my cart</mj-button>
        <mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>
        </mj-column></mj-section></mj-body></mjml>"#
        .into();
    template.purpose = Purpose::Marketing;
    assert_eq!(validate(&serde_json::to_value(&template).unwrap()), []);
    let rendered = render(&template, "en", &data()).unwrap();
    let cart = "https://s.example/cart?a=1&b=%E7%8E%8B%E5%B0%8F%E6%98%8E";
    let expected = format!(
        "Shop (https://s.example)\n\nHello Ann,\nTea & cup: £12.50\nLamp: £0.99\n\n\
         Back to my cart ({cart})\n\nUnsubscribe (https://r.example/u/1)"
    );
    assert_eq!(rendered.text, expected);
    assert!(rendered.html.contains("<title>Your cart</title>"));
    let link = |index, _: &str| format!("https://r.example/t/{index}");
    let tracked = track(&rendered.html, &["https://r.example/u/"], link, None).unwrap();
    assert_eq!(tracked.targets, ["https://s.example", cart]);
    assert!(tracked.html.contains("href=\"https://r.example/u/1\""));
}

proptest::proptest! {
    #[test]
    fn whatever_an_author_types_there_is_an_answer(
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "{{", "}}", "{%", "%}", "-", " ", "\n", "customer", ".", "first_name", "[", "]", "0",
            "'", "\"", "|", "default", ":", ",", "if", "for", "x in", "cart.lines", "endif", "endfor",
            "raw", "endraw", "comment", "capture", "assign", "=", "é", "王", "<", ">", "</", "mj-text",
            "<a href=", "&", ";", "<!--", "-->", "(1..3)", "escape", "==", "contains", "<mj-raw>",
        ]), 0..40),
        value in ".{0,40}",
    ) {
        let source = pieces.concat();
        let data = Data::new(json!({ "customer": { "first_name": value }, "cart": { "lines": [1] } }));
        let template = template(&source, &source);
        let rendered = render(&template, "en", &data);
        if let Ok(rendered) = rendered {
            let _ = track(&rendered.html, &[], |_, url| url.to_owned(), Some("https://o"));
        }
        validate(&serde_json::to_value(&template).unwrap());
    }

    #[test]
    fn no_value_of_a_customer_changes_the_structure_of_a_mail(
        value in "[<>\"'&;/=a-z王\\x00-\\x1f{}%!-]{1,30}",
    ) {
        let content = "{{ customer.v }}<a href=\"https://s/?q={{ customer.v }}\">x</a>\
                       <b title='{{ customer.v }}'>y</b>";
        let html = |value: &str| {
            let data = Data::new(json!({ "customer": { "v": value } }));
            render(&template("Hi", content), "en", &data).unwrap().html
        };
        let count = |html: &str, c: char| html.matches(c).count();
        let (plain, written) = (html("x"), html(&value));
        for c in ['<', '>', '"', '\''] {
            proptest::prop_assert_eq!(count(&plain, c), count(&written, c), "{} {:?}", c, value);
        }
    }
}
