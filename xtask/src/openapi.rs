//! The OpenAPI document and the types that follow from it.

use anyhow::{Context, bail};

use crate::{project, web};

const DOCUMENT: &str = "docs/openapi.json";
const TYPES: &str = "web/src/api/schema.gen.ts";

/// Writes the document from the program and the user interface's types from the document.
pub fn write() -> anyhow::Result<()> {
    std::fs::write(project::root().join(DOCUMENT), current()?)?;
    println!("wrote {DOCUMENT}");
    if web::has_script("api") {
        web::install()?;
        project::run(&mut web::script("api"))?;
        println!("wrote {TYPES}");
    }
    Ok(())
}

/// Fails when the document or the types are not those of the program.
pub fn check() -> anyhow::Result<()> {
    let path = project::root().join(DOCUMENT);
    let written = std::fs::read_to_string(&path).context("docs/openapi.json is missing")?;
    if written != current()? {
        bail!("{DOCUMENT} is not what the program offers; run `cargo xtask openapi`");
    }
    if web::has_script("api") {
        web::install()?;
        check_types()?;
    }
    println!("{DOCUMENT} is what the program offers");
    Ok(())
}

/// Generates the types again, compares, and leaves the file as it was.
fn check_types() -> anyhow::Result<()> {
    let path = project::root().join(TYPES);
    let written = std::fs::read_to_string(&path).with_context(|| format!("{TYPES} is missing"))?;
    project::run(&mut web::script("api"))?;
    let generated = std::fs::read_to_string(&path)?;
    if written != generated {
        std::fs::write(&path, written)?;
        bail!("{TYPES} does not follow from {DOCUMENT}; run `cargo xtask openapi`");
    }
    Ok(())
}

fn current() -> anyhow::Result<String> {
    let program = project::build("rapport", false)?;
    project::output(project::command(&program.to_string_lossy()).arg("openapi"))
}
