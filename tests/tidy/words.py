"""Rules on text: plain English, documented errors, forbidden words, files that nothing uses."""

import ast
import os
import re

from source import Finding

# Written in pieces, so that this file does not say what it forbids.
_REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs",
               "crates" + ".io", "proxy." + "golang.org", "repo1." + "maven", "repo." + "maven",
               "deb." + "debian.org")
_PLACES = ("/" + "work/", "/" + "root/", "../" + "shared", "/" + "home/")
FORBIDDEN = (
    *((re.escape(word), "the host of a package registry") for word in _REGISTRIES),
    *((r"(?<![\w.])" + re.escape(word), "a path of one machine") for word in _PLACES),
    (r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b", "work that is not done"),
    (r"<{7} |>{7} ", "a merge conflict"),
)

# Files that others are changing now; their texts follow the rules of plain English next.
NOT_YET_PLAIN = ("src/flow/audit", "src/flow/candle",
                 "src/sink/lost_ids", "src/sink/transaction_sweep", "src/io/kafka_sweep",
                 "src/io/journal")
# Pages that the rules for pages leave out, each with its reason.
UNREADABLE = ("CHANGELOG.md", "ARCHITECTURE.md")  # three sentences, changed with the next release
SENTENCE_MAX = 35
SENTENCE_MEAN = 20
FRAGMENT = re.compile(
    r"(?:What|How|Whether|Where|Of|From|When|As|By|In|With|Those|Why|Which|Per|Since|Between|Until"
    r"|Only|Not|Under|For|To|The same)\b")
# Idioms, each with the standard terms that replace it.
REPLACED = (
    (r"told", "given, received"), (r"begun", "started"), (r"mend(?:s|ed|ing)?", "fix"),
    (r"whoever", "a client, a process, anyone who"), (r"for ever", "without a limit"),
    (r"in peace", "cleanly"), (r"at once", "immediately"), (r"as it must be", "valid"),
    (r"stands?|stood", "is"), (r"(?:goes|go|went|gone|going) on", "continue"),
    (r"comes? back in", "rejoin"), (r"wants?", "need, require"), (r"borne", "tolerated"),
    (r"had in time", "fetched in time"), (r"hears?|heard", "receive"), (r"says|said", "state"),
    (r"ask(?:s|ed|ing)?", "query, request"), (r"vouch(?:es|ed|ing)?", "confirm"),
    (r"goodbye", "close frame"), (r"roads?", "path"), (r"exchange in a box", "exchange simulator"),
)
# The space between two words, also where a comment or a string goes to the next line.
_SPACE = r"""(?:[ \t]+|[ \t"]*\n[ \t]*(?:///?|[#"])?[ \t]*)"""
_REPLACED = tuple((re.compile(rf"\b(?:{idiom})\b".replace(" ", _SPACE), re.IGNORECASE), plain)
                  for idiom, plain in REPLACED)


def is_plain(path):
    return path not in UNREADABLE and not path.startswith(NOT_YET_PLAIN)


def check_openings(source):
    """A doc comment opens with a verb or an article, never with a fragment."""
    if not is_plain(source.path):
        return
    for line, text in source.doc_comments():
        found = FRAGMENT.match(text)
        if found and not source.excused(line):
            yield Finding(source.path, line, "fragment",
                          f'a doc comment opens with "{found.group()}"; use a verb or an article')


def check_replaced_words(source):
    """Comments and texts use the field's terms in place of idioms."""
    if not is_plain(source.path):
        return
    for pattern, plain in _REPLACED:
        for found in pattern.finditer(source.prose):
            line = source.line_of(found.start())
            if not source.excused(line):
                idiom = " ".join(re.findall(r"\w+", found.group()))
                yield Finding(source.path, line, "idiom", f'"{idiom}"; for example: {plain}')


def paragraphs(text):
    """Yields (line, text) of each paragraph and list item; no code, tables or headings."""
    fenced, start, lines = False, 0, []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        bare = line.strip()
        item = re.match(r"(?:[-*]|\d+\.)\s+", bare)
        fence = bare.startswith("```")
        code = line.startswith("    ") and not lines
        if lines and (not bare or item or fence or bare.startswith(("#", "|", "!"))):
            yield start, " ".join(lines)
            lines = []
        fenced ^= fence
        if not (fence or fenced or code or not bare or bare.startswith(("#", "|", "!", "<"))):
            start = start if lines else number
            lines.append(bare[item.end():] if item else bare)


def sentences(paragraph):
    """Splits a paragraph; code counts as a word, and a link by its text."""
    text = re.sub(r"`[^`]*`", "code", paragraph)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("**", "")
    return [part for part in re.split(r"(?<=[.!?])[\")]*\s+(?=[\"(]?(?:[A-Z0-9]|code\b))", text)
            if part.strip()]


def check_sentences(source):
    """A page has sentences of 20 words in the mean and 35 at most."""
    if not source.path.endswith(".md") or source.path in UNREADABLE:
        return
    counts = []
    for line, paragraph in paragraphs(source.text):
        for sentence in sentences(paragraph):
            words = len(re.findall(r"\w[\w'.,/%-]*", sentence))
            counts.append(words)
            if words > SENTENCE_MAX:
                yield Finding(source.path, line, "sentence",
                              f"{words} words, {SENTENCE_MAX} at most: {sentence[:40]}...")
    if counts and sum(counts) > SENTENCE_MEAN * len(counts):
        yield Finding(source.path, 1, "sentence",
                      f"{sum(counts) / len(counts):.1f} words in the mean, {SENTENCE_MEAN} at most")


def check_words(source):
    if source.path.startswith(("data/LICENSES/", "LICENSE")):
        return
    for number, text in enumerate(source.lines, 1):
        for pattern, what in FORBIDDEN:
            if re.search(pattern, text) and not source.excused(number):
                yield Finding(source.path, number, "word", f"names {what}")


def check_errors_documented(source):
    if source.path != "src/core/errc.hpp":
        return
    body = re.search(r"enum class Errc[^{]*\{(.*?)\n\};", source.text, re.DOTALL)
    if not body:
        yield Finding(source.path, 1, "errc", "enum class Errc is not where this rule looks for it")
        return
    first = source.line_of(body.start(1))
    above = ""
    for offset, text in enumerate(body.group(1).split("\n")):
        name = re.match(r"\s*(k\w+)", text)
        if name and not above.strip().startswith("///"):
            yield Finding(source.path, first + offset, "errc", f"{name.group(1)} has no /// line")
        above = text


def check_links(source):
    """A relative link in a page leads to a file that is there."""
    if not source.path.endswith(".md"):
        return
    for number, text in enumerate(source.lines, 1):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" in target:
                continue
            path = os.path.normpath(os.path.join(os.path.dirname(source.path), target))
            if not os.path.exists(os.path.join(source_root(), path)):
                yield Finding(source.path, number, "link", f"{target} is not there")


def source_root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def check_dead_files(sources):
    """Every file is used by another one: a header included, anything else named somewhere."""
    texts = {source.path: source.text for source in sources}
    folders = [os.path.dirname(path) for path, text in texts.items()
               if path.endswith("CMakeLists.txt") and "k2_folder(" in text]
    for source in sources:
        path = source.path
        if _found_by_itself(path, folders):
            continue
        name = os.path.basename(path)
        own = os.path.splitext(path)[0]
        siblings = (path, own + ".cpp", own + "_test.cpp") if path.endswith(".hpp") else (path,)
        needle = _needle(path, name)
        if not any(needle in text for other, text in texts.items() if other not in siblings):
            yield Finding(path, 1, "dead", "no other file uses this one")


def _needle(path, name):
    if path.endswith(".hpp"):
        return '"' + path.removeprefix("src/") + '"'
    stem, extension = os.path.splitext(name)
    return stem if extension in (".py", ".sh", ".cmake") else name


def _found_by_itself(path, folders):
    name = os.path.basename(path)
    if path.endswith(".cpp") and any(path.startswith(folder + "/") for folder in folders):
        return True
    if path.startswith(("tests/fuzz/corpus/", "data/")) or name.startswith("."):
        return True
    return name in ("CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "dev")
