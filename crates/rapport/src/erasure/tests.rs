//! Whether nothing is left of an erased customer: in any table, in any file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use gate::audit::{self, Entry};
use gate::test_support::{
    Answer, Caller, OPERATOR_SECRET, call, program, send as send_request, sign_in,
};
use gate::{Role, Scope, User, session};
use memory::CustomerId;
use memory::erasure::mention::Wanted;
use memory::erasure::trace::{Remedy, Trace};
use memory::identity::IdentifierKind;
use serde_json::{Value, json};
use store::{Db, Value as Column, params};

use crate::{App, Config};

const EMAIL: &str = "zora.z@example.org";
const USER: &str = "zora-user-4711";
const BROWSER: &str = "zora-browser-77";
const OTHER: &str = "other@example.net";

/// Every column of every table: name and type.
async fn columns(db: &Db) -> BTreeMap<String, Vec<(String, String)>> {
    let sql = match db.exclusive() {
        true => {
            "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' ORDER BY m.name, c.cid"
        }
        false => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT)
             FROM information_schema.columns WHERE table_schema = current_schema()
             ORDER BY table_name, ordinal_position"
        }
    };
    let rows: Vec<(String, String, String)> = db.fetch_all(sql, params![]).await.unwrap();
    let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (table, column, kind) in rows {
        tables.entry(table).or_default().push((column, kind));
    }
    tables
}

async fn app(db: &Db, folder: &Path) -> App {
    let config = Config {
        data: folder.to_owned(),
        ..Config::default()
    };
    let listening = config.listen;
    let app = App::over(db.clone(), config, listening, OPERATOR_SECRET).await;
    app.unwrap()
}

/// A row that is about somebody in every place where its table can mention them.
struct Filler<'a> {
    tables: &'a BTreeMap<String, Vec<(String, String)>>,
    customer: CustomerId,
    /// Somebody else.
    other: CustomerId,
    next: i64,
}

impl Filler<'_> {
    async fn put(&mut self, db: &Db, table: &str, about: &dyn Fn(&str) -> Option<String>) {
        self.next += 1;
        let (mut names, mut values) = (vec![], vec![]);
        for (name, kind) in &self.tables[table] {
            let kind = kind.to_lowercase();
            let unique = format!("unique {}", self.next);
            names.push(name.as_str());
            values.push(match (name.as_str(), kind.as_str()) {
                ("customer_id", _) => Column::from(self.customer),
                (_, "bigint") => Column::Int(9_000_000 + self.next),
                (_, "double precision") => Column::Float(1.0),
                (name, "blob" | "bytea") => {
                    Column::Blob(about(name).unwrap_or(unique).into_bytes())
                }
                (name, _) => Column::Text(about(name).unwrap_or(unique)),
            });
        }
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(","),
            store::in_list(names.len(), 1)
        );
        db.execute(&sql, values).await.expect(table);
    }
}

/// What is written about somebody: all their identifiers, or only their address.
fn words(wanted: Wanted, (email, user, browser): (&str, &str, &str)) -> String {
    let text = match wanted {
        Wanted::Addresses => format!("Write to {email}."),
        Wanted::Identifiers | Wanted::Everything => {
            format!("{user} is {email}, seen as {browser}")
        }
    };
    json!({ "note": text, "page": "/welcome?mail=zora.z%40example.org".replace(EMAIL, email) })
        .to_string()
        .replace("zora.z%40example.org", &email.replace('@', "%40"))
}

/// Puts rows about somebody into every table that can mention them.
async fn fill(db: &Db, filler: &mut Filler<'_>, who: (&str, &str, &str), theirs: bool) {
    let traces = super::reach(Path::new("")).traces;
    for Trace { table, remedy } in &traces {
        let (columns, wanted): (Vec<&str>, Wanted) = match remedy {
            Remedy::Remove(columns, wanted) | Remedy::Replace(columns, wanted) => {
                (columns.to_vec(), *wanted)
            }
            Remedy::RemoveBytes(column) | Remedy::Restart(column, _) => {
                (vec![*column], Wanted::Identifiers)
            }
            Remedy::Others(columns) => {
                let own = std::mem::replace(&mut filler.customer, filler.other);
                for column in *columns {
                    let about =
                        |name: &str| (name == *column).then(|| words(Wanted::Identifiers, who));
                    filler.put(db, table, &about).await;
                }
                filler.customer = own;
                continue;
            }
            Remedy::Beside { .. }
            | Remedy::GiveBack
            | Remedy::Redact
            | Remedy::Step(_)
            | Remedy::Nothing(_) => continue,
        };
        // Real imports come through the API.
        if *table == "imports" {
            continue;
        }
        for column in columns {
            let about = |name: &str| (name == column).then(|| words(wanted, who));
            filler.put(db, table, &about).await;
        }
    }
    let entry = Entry::new("save", "offer", "sale").after(&words(Wanted::Identifiers, who));
    audit::record(db, &User::command(), entry).await.unwrap();
    if theirs {
        let real = [
            "log",
            "customers",
            "identifiers",
            "redemptions",
            "cap_holds",
        ];
        for table in db.tables_with("customer_id").await.unwrap() {
            if !real.contains(&table.as_str()) {
                let about = |_: &str| Some(words(Wanted::Identifiers, who));
                filler.put(db, &table, &about).await;
            }
        }
    }
    let code = |name: &str| match name {
        "code" => Some(format!("CODE-{}", who.1)),
        "order_id" => Some(format!("order of {}", who.0)),
        _ => None,
    };
    if theirs {
        filler.put(db, "redemptions", &code).await;
    }
    filler.put(db, "double_redemptions", &code).await;
}

/// Every row of every table as text, with its table.
async fn dump(db: &Db, tables: &BTreeMap<String, Vec<(String, String)>>) -> Vec<(String, String)> {
    let mut all = vec![];
    for (table, columns) in tables {
        let each = columns
            .iter()
            .map(|(name, kind)| match kind.to_lowercase().as_str() {
                "blob" => format!("COALESCE(HEX({name}), '')"),
                "bytea" => format!("COALESCE(ENCODE({name}, 'escape'), '')"),
                _ => format!("COALESCE(CAST({name} AS TEXT), '')"),
            });
        let row = each.collect::<Vec<_>>().join(" || '|' || ");
        let sql = format!("SELECT {row} FROM {table}");
        let rows: Vec<(String,)> = db.fetch_all(&sql, params![]).await.expect(table);
        all.extend(rows.into_iter().map(|(row,)| (table.clone(), row)));
    }
    all
}

/// Where any of some words stands, in any letters.
fn found(text: &[u8], words: &[&str]) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let word = words.iter().find(|word| {
        lower
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    });
    word.map(ToString::to_string)
}

fn files_with(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files_with(&path, words));
        } else if let Some(word) = found(&unpacked(&path), words) {
            all.push(format!("{word} in {}", path.display()));
        }
    }
    all
}

/// A file as it is, and what a reader of it sees: plain, and every column of Parquet files.
fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = store::test_support::unpacked(path);
    let mut plain = vec![];
    let mut gzip = flate2::read::MultiGzDecoder::new(&bytes[..]);
    match std::io::Read::read_to_end(&mut gzip, &mut plain) {
        Ok(_) => plain,
        Err(_) => bytes,
    }
}

async fn ok(router: &Router, who: &Caller, line: &str, body: Option<Value>) -> Answer {
    let answer = call(router, who, line, &[], body).await;
    assert!(
        answer.status < 300,
        "{line}: {} {}",
        answer.status,
        answer.body
    );
    answer
}

async fn send(router: &Router, robot: &Caller, email: &str, user: &str, browser: &str) {
    let batch = json!({"batch": [
        {"type": "track", "event": "Product Viewed", "anonymousId": browser,
         "properties": {"url": "/welcome", "note": format!("for {user}")}},
        {"type": "identify", "userId": user, "anonymousId": browser,
         "traits": {"email": email, "city": "Bath"}},
        {"type": "track", "event": "Order Completed", "userId": user,
         "properties": {"total": 20, "mail": email}},
    ]});
    ok(router, robot, "POST /v1/batch", Some(batch)).await;
}

async fn upload(router: &Router, who: &Caller, line: &str, bytes: Vec<u8>) -> Answer {
    let Caller::Browser(token) = who else {
        panic!("people upload files");
    };
    let (method, address) = line.split_once(' ').unwrap();
    let request = Request::builder().method(method).uri(address);
    let request = request
        .header("cookie", format!("{}={token}", session::COOKIE))
        .header(session::CSRF_HEADER, session::csrf_token(token))
        .header("content-type", "application/octet-stream");
    send_request(router, request.body(Body::from(bytes)).unwrap()).await
}

/// Uploads files that mention both, plain and packed, and leaves a report of rejected rows.
async fn uploads(router: &Router, ann: &Caller, folder: &Path) -> Vec<String> {
    use std::io::Write;
    let text = format!("user_id,email,age\n{USER},{EMAIL},41\nother-user-1,{OTHER},7\n");
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut ids = vec![];
    for (name, bytes) in [
        ("people.csv", text.into_bytes()),
        ("people.gz", gzip.finish().unwrap()),
    ] {
        let line = format!("POST /api/imports?name={name}");
        let answer = upload(router, ann, &line, bytes).await;
        assert!(answer.status < 300, "{} {}", answer.status, answer.body);
        ids.push(answer.body["id"].as_str().unwrap().to_owned());
    }
    let report = format!("row,problem\n1,bad,\"{USER}\",{EMAIL}\n2,bad,{OTHER}\n");
    let path = folder
        .join("imports")
        .join(format!("{}.rejected.csv", ids[0]));
    std::fs::write(path, report).unwrap();
    ids
}

store::test! {
    async fn no_table_is_forgotten(db: Db) {
        let owned: BTreeSet<String> = db.tables_with("customer_id").await.unwrap().into_iter().collect();
        let listed: BTreeSet<&str> = super::reach(Path::new("")).traces.iter().map(|t| t.table).collect();
        let tables = columns(&db).await;
        let forgotten: Vec<&String> = tables.keys()
            .filter(|table| !owned.contains(*table) && !listed.contains(table.as_str()))
            .collect();
        assert!(forgotten.is_empty(), "what becomes of {forgotten:?} when a customer is erased? \
            Say so in the TRACES of their crate");
        let unknown: Vec<&&str> = listed.iter().filter(|table| !tables.contains_key(**table)).collect();
        assert!(unknown.is_empty(), "there are no tables {unknown:?}");
    }
}

store::test! {
    async fn no_byte_is_left_in_any_table_or_file(db: Db) {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&db, folder.path()).await;
        let router = crate::router::router(&app);
        let (ann, robot) = (sign_in(&db, Role::Administrator).await, program(&db, &[Scope::Ingest]).await);
        send(&router, &robot, EMAIL, USER, BROWSER).await;
        send(&router, &robot, OTHER, "other-user-1", "other-browser-1").await;
        // What somebody else tells of her: once in files, once in the log.
        let told = json!({"batch": [
            {"type": "track", "event": "Friend Invited", "userId": "other-user-1",
             "properties": {"friend": EMAIL, "note": format!("{USER} at {BROWSER}")}},
            {"type": "identify", "userId": "other-user-1", "traits": {"spouse": EMAIL}},
        ]});
        ok(&router, &robot, "POST /v1/batch", Some(told.clone())).await;
        ok(&router, &ann, "POST /api/system/lake/archive", None).await;
        ok(&router, &robot, "POST /v1/batch", Some(told)).await;
        let memory = &app.installed.memory;
        let zora = memory.find(IdentifierKind::UserId, USER).await.unwrap().unwrap();
        let zora = memory.customer(zora).await.unwrap().unwrap();
        let imports = uploads(&router, &ann, folder.path()).await;

        let tables = columns(&db).await;
        let other = memory.find(IdentifierKind::UserId, "other-user-1").await.unwrap().unwrap();
        let mut filler = Filler { tables: &tables, customer: zora.id, other, next: 0 };
        fill(&db, &mut filler, (EMAIL, USER, BROWSER), true).await;
        fill(&db, &mut filler, ("Zora.Z@Example.org", USER, BROWSER), false).await;
        fill(&db, &mut filler, (OTHER, "other-user-1", "other-browser-1"), false).await;
        let id = zora.id.to_string();
        let session = |name: &str| (name == "customer").then(|| json!({"customer_id": id}).to_string());
        filler.put(&db, "touchpoint_sessions", &session).await;
        db.execute("INSERT INTO cap_counters (counter, taken) VALUES ('sale@d', 5)", params![]).await.unwrap();
        let held = |name: &str| (name == "counter").then(|| "sale@d".to_owned());
        filler.put(&db, "cap_holds", &held).await;
        let listed = decision::suppression::hint(IdentifierKind::UserId, USER);
        let sql = "INSERT INTO suppression_entries (list_key, digest, kind, hint, reason, author, added_at)
             VALUES ('quiet', $1, 'user_id', $2, '', '', 0)";
        let digest = memory::identity::digest(IdentifierKind::UserId, USER);
        db.execute(sql, params![digest.to_vec(), listed.as_str()]).await.unwrap();

        let words = [EMAIL, USER, BROWSER, "zora.z%40example.org"];
        let before = dump(&db, &tables).await;
        let mentioning: BTreeSet<&str> = before.iter()
            .filter(|(_, row)| found(row.as_bytes(), &words).is_some())
            .map(|(table, _)| table.as_str())
            .collect();
        assert!(mentioning.len() >= 30, "only {} tables mention them: {mentioning:?}", mentioning.len());
        let about_other = |rows: &[(String, String)]| rows.iter()
            .filter(|(_, row)| found(row.as_bytes(), &[OTHER]).is_some()).count();
        let others = about_other(&before);
        let lake = folder.path().join("lake");
        let in_lake = |words: &[&str]| files_with(&lake, words).len();
        for word in [EMAIL, USER, BROWSER, OTHER] {
            assert!(in_lake(&[word]) > 0, "{word} is in no file of the lake");
        }
        let others_in_lake = in_lake(&[OTHER]);

        let line = format!("POST /api/customers/{}/erasure", zora.id);
        ok(&router, &ann, &line, Some(json!({"confirm": zora.id.to_string()}))).await;

        let after = dump(&db, &tables).await;
        let left: Vec<&(String, String)> = after.iter()
            .filter(|(_, row)| found(row.as_bytes(), &words).is_some())
            .collect();
        assert!(left.is_empty(), "{left:#?}");
        assert_eq!(files_with(folder.path(), &words), Vec::<String>::new());
        if let Some(file) = db.file() {
            assert_eq!(files_with(file.parent().unwrap(), &words), Vec::<String>::new());
        }
        // Nobody else lost anything: a number of rows that mention the other, in tables and files.
        assert_eq!(about_other(&after), others);
        for import in &imports {
            let path = folder.path().join("imports").join(format!("{import}.data"));
            let text = String::from_utf8(unpacked(&path)).unwrap();
            assert_eq!(text.lines().nth(2), Some("other-user-1,other@example.net,7"));
            assert_eq!(text.lines().nth(1).unwrap().replace(' ', ""), ",,41");
        }
        assert_eq!(in_lake(&[OTHER]), others_in_lake);

        let hints: Vec<(String,)> = db.fetch_all("SELECT hint FROM suppression_entries
            WHERE list_key = 'quiet'", params![]).await.unwrap();
        assert_eq!(hints, [(String::new(),)]);
        let sessions = "SELECT COUNT(*) FROM touchpoint_sessions WHERE customer LIKE $1";
        let (count,): (i64,) = db.fetch_one(sessions, params![format!("%{id}%")]).await.unwrap();
        assert_eq!(count, 0);
        let sql = "SELECT expires_at FROM cap_holds WHERE customer_id = 0 AND counter = 'sale@d'";
        let holds: Vec<(i64,)> = db.fetch_all(sql, params![]).await.unwrap();
        assert_eq!(holds, [(0,)], "the next round gives it back");
        // The log of what was done is whole, tells of the erasure, and has lost only bodies.
        let check = audit::verify(&db).await.unwrap();
        assert!(check.intact, "{check:?}");
        let rows = audit::db::after(&db, 0, 1_000).await.unwrap();
        let erased = rows.iter().find(|row| row.action == "erase").unwrap();
        assert_eq!(erased.object_key, id);
        assert_eq!(rows.iter().filter(|row| row.redacted).count(), 2);
        assert_eq!(memory.finish_erasures().await.unwrap(), 0);
    }
}
