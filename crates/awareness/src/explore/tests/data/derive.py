#!/usr/bin/env python3
"""Derives the data of these tests from two public data sets.

    python3 derive.py online_retail_ii_2009_2010.csv.gz ecom_clickstream.csv.gz

writes `retail_invoices.csv.gz` and `clicks.csv.gz` beside this file. The same input gives the
same bytes. ATTRIBUTION.md says where the data sets come from.
"""
import csv
import decimal
import gzip
import io
import pathlib
import sys


def rows_of(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source)


def write(name, header, rows):
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    with open(pathlib.Path(__file__).with_name(name), "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
            packed.write(text.getvalue().encode())


def invoices(path):
    """One row an invoice, with the exact sum of its lines."""
    found = {}
    for row in rows_of(path):
        key = (row["InvoiceNo"], row["CustomerID"], row["Country"])
        first = found.setdefault(key, [row["InvoiceDate"], decimal.Decimal(0)])
        first[1] += int(row["Quantity"]) * decimal.Decimal(row["UnitPrice"])
    for (number, customer, country), (at, total) in found.items():
        yield [number, customer, at, country, format(total.normalize(), "f")]


header = ["InvoiceNo", "CustomerID", "InvoiceDate", "Country", "Total"]
write("retail_invoices.csv.gz", header, invoices(sys.argv[1]))
kept = ["user_id", "event", "timestamp", "platform", "acquisition_channel"]
write("clicks.csv.gz", kept, ([row[name] for name in kept] for row in rows_of(sys.argv[2])))
