#!/usr/bin/env python3
"""Derives the demo's products and orders from two public data sets.

    python3 derive.py online_retail_ii_2009_2010.csv.gz online_retail_products.csv.gz

writes `products.csv.gz` and `orders.txt.gz` next to this file. README.md says what the rows
mean, ATTRIBUTION.md where they come from. The same input always gives the same bytes.
"""
import collections
import csv
import datetime
import gzip
import io
import pathlib
import re
import statistics
import sys

CUSTOMERS = 1500  # those who bought last
ORDERS_PER_CUSTOMER = 12  # wholesalers with more are left out
LINES_PER_ORDER = 100  # an event must stay below 32 kB
POUNDS_PER_ORDER = 600
SHELF = 32  # products per category that the shop sells

CODE = re.compile(r"^\d{5}[A-Z]{0,2}$")  # anything else is postage, a fee or a correction
CATEGORIES = [  # the first rule that matches wins
    ("christmas", r"CHRISTMAS|XMAS|BAUBLE|JINGLE|REINDEER|SNOW|SANTA|NOEL|ADVENT|ANGEL|STOCKING"),
    ("lighting", r"LIGHTS?\b|CANDLES?\b|LANTERN|LAMP|LAMPSHADE|CANDLEHOLDER|CANDLESTICK|CHANDELIER"
                 r"|INCENSE|NIGHT ?LIGHT"),
    ("jewellery", r"NECKL|JEWELLERY|BRACELET|EARRING|BROOCH|PENDANT|BANGLE|HAIR "
                  r"|DIAMANTE (?:RING|HAIR|HEART)|CHARM\b|JEWELLED"
                  r"|TRINKET"),
    ("bags", r"BAGS?\b|PURSE|WALLET|LUGGAGE|UMBRELLA|PASSPORT|BACKPACK|HANDBAG|SHOPPER"),
    ("toys", r"SNAP|PLAYING|SKITTLES|BUILDING BLOCK|HARMONICA|CHILD.*(?:SET|GAME)"),
    ("stationery", r"\bCARDS?\b|WRAP\b|PENCIL|\bPENS?\b|NOTEBOOK|STICKER|JOURNAL|ENVELOPE"
                   r"|ERASER|TAPE\b"
                   r"|TISSUE|RIBBON|SKETCHBOOK|CALENDAR|\bBOOK\b|LETTERS?\b|STAMP|POSTCARD"
                   r"|CHALK|GIFT TAG"),
    ("kitchen", r"MUG|CUPS?\b|TEA\b|TEAPOT|COFFEE|PLATE|BOWL|CAKE|BAKING|KITCHEN|CUTLERY|JAR\b"
                r"|JUG|TRAY"
                r"|LUNCH|BOTTLE|GLASS\b|APRON|OVEN|NAPKIN|COASTER|PLACEMAT|EGG CUP|PANTRY|SPOON"
                r"|DISH"
                r"|JELLY|BISCUIT|CUTTER|PICNIC|BEAKER|SCALES|TOWEL|MILK|SUGAR|BREAD|FRYING|RECIPE"
                r"|TIER|STRAWS|COSY"),
    ("toys", r"TOYS?\b|GAME|DOLL|PLAYING|JIGSAW|PUZZLE|SPINNING|SKITTLES|DOMINO|FELTCRAFT|KNITTING"
             r"|CHILD|KIDS|BABY|BUILDING BLOCK|PIGGY|MARBLE|INFLATABLE|SOFT|SEWING KIT|BINGO|CRAFT"
             r"|MAGIC|CIRCUS|PAINT SET|SPACEBOY|YO-?YO|HARMONICA|SOLDIER"),
    ("garden", r"GARDEN|PLANT|FLOWER ?POT|WATERING|BIRD ?(?:FEEDER|BATH|HOUSE|TABLE)|HERB"
               r"|DOORMAT|BEE\b|SEED|TROWEL|BUCKET"
               r"|WHEELBARROW|TOADSTOOL|FRUIT|BUSHEL|LAVENDER|PARASOL"),
    ("decoration", r"HEART|FRAME|SIGN\b|CLOCK|MIRROR|CUSHION|GARLAND|BUNTING|HOOK|HANGING"
                   r"|DECORATION"
                   r"|WALL|VASE|DRAWER|CABINET|KNOB|DOORSTOP|HOME|LOVE|STAR|ORNAMENT|HANGER|BOX"
                   r"|TIN\b"
                   r"|BOARD|ART\b|WREATH|THROW|RUG|QUILT|PICTURE|TILE|SHELF|RACK|CRYSTAL"
                   r"|WICKER|EASTER"),
]
NOT_A_PRODUCT = re.compile(r"UNKNOWN|DAMAGE|ADJUST|THROWN|UNSALEABLE|WRONG|VOUCHER|CARRIAGE"
                           r"|SAMPLE|DESTROYED"
                           r"|DOTCOM|\?|MISSING|SOLD AS|FAULTY|\bWET\b|RUSTY|CRUSHED|MIXED|SMASHED"
                           r"|IMAGE")
PROPER = [
    "Christmas", "Easter", "London", "Paris", "Union Jack", "Victorian", "Edwardian", "Regency",
    "Moroccan", "Chinese", "English", "French", "Scandinavian", "Indian", "Elvis", "Charlotte",
    "Lola", "Suki", "Charlie", "Morris", "Murano", "Spaceboy", "Babushka", "Madras", "Swedish",
    "Turkish", "Venetian", "Japanese", "Arabian", "Noel", "Tuscan", "Parisienne", "Dolly Girl",
    "Skandinavian"
]


def clean(name):
    """'WHITE HANGING HEART T-LIGHT HOLDER ' becomes 'White hanging heart t-light holder'."""
    name = re.sub(r"\s+", " ", name.strip().strip(".,")).replace(" ,", ",")
    name = re.sub(r"\bS/(\d+)", r"SET OF \1", name)
    name = re.sub(r"\bSET/(\d+)", r"SET OF \1", name)
    name = re.sub(r"\bW\b\.?", "WITH", name)
    name = re.sub(r"\bASS(?:TD?)?\b\.?", "ASSORTED", name)
    name = re.sub(r"\bNECKL\.", "NECKLACE", name)
    name = re.sub(r",(?=\S)", ", ", name)
    name = re.sub(r"(?<=\w)\+ ?| \+(?=\w)", " + ", name).replace("  ", " ")
    name = name.lower()
    for proper in PROPER:
        name = re.sub(rf"\b{proper.lower()}\b", proper, name)
    return name[:1].upper() + name[1:]


def category(name):
    for key, rule in CATEGORIES:
        if re.search(rule, name):
            return key
    return "other"


def names_of(path):
    names = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = row["Description"]
            upper = sum(c.isupper() for c in name)
            lower = sum(c.islower() for c in name)
            if upper > lower and not NOT_A_PRODUCT.search(name.upper()):
                names[row["StockCode"].upper()] = name
    return names


def read(path):
    orders = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["StockCode"].upper()
            cents = round(float(row["UnitPrice"]) * 100)
            quantity = int(row["Quantity"])
            if not row["CustomerID"] or not CODE.match(code) or cents <= 0 or quantity == 0:
                continue
            order = orders.setdefault(row["InvoiceNo"], {
                "at": datetime.datetime.fromisoformat(row["InvoiceDate"]),
                "customer": int(row["CustomerID"]),
                "country": row["Country"],
                "lines": collections.OrderedDict(),
            })
            line = (code, cents)
            order["lines"][line] = order["lines"].get(line, 0) + quantity
    return orders


def chosen_customers(orders):
    by_customer = collections.defaultdict(list)
    for number, order in orders.items():
        if not number.startswith("C"):
            by_customer[order["customer"]].append(order)
    fitting = []
    for customer, theirs in by_customer.items():
        pounds = max(sum(c * q for (_, c), q in o["lines"].items()) for o in theirs) / 100
        lines = max(len(o["lines"]) for o in theirs)
        small = lines <= LINES_PER_ORDER and pounds <= POUNDS_PER_ORDER
        if small and len(theirs) <= ORDERS_PER_CUSTOMER:
            fitting.append((max(o["at"] for o in theirs), customer))
    return {customer for _, customer in sorted(fitting, reverse=True)[:CUSTOMERS]}


def matching_order(refund, earlier):
    """The latest earlier order that holds everything sent back."""
    for number, order in reversed(earlier):
        bought = collections.Counter()
        for (code, _), quantity in order["lines"].items():
            bought[code] += quantity
        if all(bought[code] >= -quantity for (code, _), quantity in refund["lines"].items()):
            return number
    return None


def write(name, text):
    target = pathlib.Path(__file__).parent / name
    with open(target, "wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
            file.write(text.encode("utf-8"))
    print(f"{name}: {len(text):,} characters, {target.stat().st_size:,} bytes compressed")


def main(orders_path, products_path):
    names = names_of(products_path)
    orders = read(orders_path)
    customers = chosen_customers(orders)
    in_time = sorted(orders.items(), key=lambda item: (item[1]["at"], item[0]))

    prices, sold = collections.defaultdict(list), collections.Counter()
    for number, order in in_time:
        for (code, cents), quantity in order["lines"].items():
            if quantity > 0:
                prices[code].append(cents)
                sold[code] += 1
    price = {code: int(statistics.median_low(values)) for code, values in prices.items()}

    text, earlier, used = [], collections.defaultdict(list), set()
    last_minute, counts = None, [0, 0, 0]
    for number, order in in_time:
        if order["customer"] not in customers:
            continue
        refund_of = ""
        if number.startswith("C"):
            refund_of = matching_order(order, earlier[order["customer"]])
            if refund_of is None:
                continue
            counts[1] += 1
        elif all(quantity > 0 for quantity in order["lines"].values()):
            earlier[order["customer"]].append((number, order))
            counts[0] += 1
        else:
            continue
        minute = int(order["at"].replace(tzinfo=datetime.timezone.utc).timestamp()) // 60
        step = minute if last_minute is None else minute - last_minute
        last_minute = minute
        lines = []
        for (code, cents), quantity in order["lines"].items():
            used.add(code)
            counts[2] += 1
            line = code if abs(quantity) == 1 else f"{code}*{abs(quantity)}"
            lines.append(line if cents == price[code] else f"{line}@{cents}")
        text.append(f"{step} {number} {order['customer']} {order['country'].replace(' ', '_')} "
                    f"{refund_of or '-'} {' '.join(lines)}\n")
    write("orders.txt.gz", "".join(text))
    print(f"{len(customers)} customers, {counts[0]} orders, {counts[1]} refunds, {counts[2]} lines")

    shelf = collections.Counter()
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["product_id", "name", "category", "price_cents", "orders", "shelf"])
    for code in sorted(price, key=lambda c: (-sold[c], c)):
        name = names.get(code)
        kind = category(name) if name else "other"
        sells = bool(name) and kind != "other" and shelf[kind] < SHELF and 40 <= price[code] <= 5000
        if code not in used and not sells:
            continue
        shelf[kind] += sells
        table.writerow([code, clean(name) if name else f"Product {code}", kind, price[code],
                        sold[code], int(sells)])
    write("products.csv.gz", out.getvalue())
    print(dict(shelf))


main(*sys.argv[1:])
