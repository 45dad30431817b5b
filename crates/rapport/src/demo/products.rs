//! The products of the demo: names and prices of a British gift shop, in nine categories.

use std::collections::HashMap;
use std::io::Read;

use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One product.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Product {
    /// Stock code, for example `85123A`.
    pub product_id: String,
    /// Cleaned name; "Product" and the code where the data has no usable one.
    pub name: String,
    /// One of nine keyword categories, or `other`.
    pub category: String,
    /// Median price in pence.
    pub price_cents: i64,
    /// In how many orders of the data set it was.
    #[serde(skip_serializing)]
    pub orders: u32,
    /// 1 when the shop sells it.
    #[serde(skip_serializing)]
    shelf: u8,
}

impl Product {
    /// As the e-commerce events name it.
    pub fn described(&self, price_cents: i64, quantity: u32) -> Value {
        json!({
            "product_id": self.product_id,
            "name": self.name,
            "category": self.category,
            "price": pounds(price_cents),
            "quantity": quantity,
        })
    }
}

/// All products, most ordered first.
#[derive(Debug)]
pub struct Products {
    all: Vec<Product>,
    places: HashMap<String, usize>,
}

/// Unpacks the products that live in the program.
pub fn load() -> Products {
    let text = unpacked(include_bytes!("data/products.csv.gz"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let all: Vec<Product> = reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("derive.py wrote a well-formed table");
    let places = all.iter().enumerate();
    let places = places.map(|(place, one)| (one.product_id.clone(), place));
    Products {
        places: places.collect(),
        all,
    }
}

impl Products {
    /// The product with this stock code.
    pub fn get(&self, product_id: &str) -> Option<&Product> {
        self.places.get(product_id).map(|place| &self.all[*place])
    }

    /// What the shop sells, most ordered first.
    pub fn shelf(&self) -> impl Iterator<Item = &Product> {
        self.all.iter().filter(|product| product.shelf == 1)
    }
}

/// Pence as the decimal number that the e-commerce vocabulary uses.
pub fn pounds(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// The text in a compressed file that was built into the program.
pub fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes)
        .read_to_string(&mut text)
        .expect("derive.py wrote compressed UTF-8");
    text
}

#[test]
fn the_shop_sells_32_products_of_each_of_nine_categories() {
    let products = load();
    let mut sold: HashMap<&str, usize> = HashMap::new();
    for product in products.shelf() {
        *sold.entry(&product.category).or_default() += 1;
    }
    assert_eq!(sold.len(), 9);
    assert!(sold.values().all(|count| *count == 32));
    let holder = products.get("85123A").unwrap();
    assert_eq!(
        (
            holder.name.as_str(),
            holder.category.as_str(),
            holder.price_cents
        ),
        ("White hanging heart t-light holder", "lighting", 295)
    );
}
