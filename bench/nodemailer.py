"""nodemailer's pool on the same messages: installed into a temporary folder when it is measured, nowhere else."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_VERSION = "10.6.1"
_SCRIPT = """\
const fs = require('fs')
const { createTransport } = require('nodemailer')
const [file, port, connections] = process.argv.slice(2)
const mails = JSON.parse(fs.readFileSync(file))
const transport = createTransport({
  host: '127.0.0.1', port: +port, secure: false, ignoreTLS: true, pool: true,
  maxConnections: +connections, maxMessages: Infinity,
})
const send = mail => transport.sendMail(mail)
const began = process.hrtime.bigint()
Promise.all(mails.map(([from, to, raw]) => send({ envelope: { from, to: [to] }, raw }))).then(() => {
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  console.log(mails.length / seconds)
  transport.close()
})
"""


def nodemailer_rate(
    folder: Path, mails: Sequence[tuple[str, str, bytes]], port: int, pools: Sequence[int]
) -> dict[int, float]:
    """Messages a second for each size of the pool; empty, said aloud, where node, npm or the package is out of reach."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("nodemailer is not measured: there is no node or npm on this machine")
        return {}
    place = folder / "node"
    place.mkdir()
    asked = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"nodemailer@{_VERSION}"]
    if subprocess.run(asked, cwd=place, check=False).returncode:
        print("nodemailer is not measured: npm could not install it")
        return {}
    (place / "send.js").write_text(_SCRIPT, encoding="utf-8")
    # `raw` is a whole message without the final dot and without doubled dots: nodemailer adds both.
    whole = [(sender, to, wire[:-3].replace(b"\r\n..", b"\r\n.").decode()) for sender, to, wire in mails]
    (place / "mails.json").write_text(json.dumps(whole), encoding="utf-8")
    return {size: _run(place, port, size) for size in pools}


def _run(place: Path, port: int, size: int) -> float:
    done = subprocess.run(
        ["node", "send.js", "mails.json", str(port), str(size)], cwd=place, check=True, capture_output=True, text=True
    )
    return float(done.stdout)
