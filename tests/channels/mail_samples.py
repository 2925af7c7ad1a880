"""Mails as servers and people write them, made up here in the form each uses. `ours` is the Message-ID of a mail of ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

OWN = "hola@farolito.example"
ANA = "ana@example.com"


def crlf(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode()


@dataclass(frozen=True)
class Bounce:
    """What a server says of one of our mails."""

    ours: str
    to: str = ANA
    action: str = "failed"
    status: str = "5.1.1"
    said: str = "550 5.1.1 <ana@example.com>: Recipient address rejected: User unknown"


def our_head(bounce: Bounce) -> str:
    return f"""From: Farolito <{OWN}>
To: {bounce.to}
Date: Mon, 18 Jan 2027 10:00:00 +0000
Message-ID: {bounce.ours}
X-Relevo-ID: {bounce.ours}
Subject: Tu plan se muda
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
"""


def postfix(bounce: Bounce) -> bytes:
    return crlf(f"""
Return-Path: <>
Date: Mon, 18 Jan 2027 10:03:00 +0000 (UTC)
From: MAILER-DAEMON@mx.farolito.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {OWN}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
    boundary="4BtQ.1/mx.farolito.example"
Message-Id: <20270118100300.1@mx.farolito.example>

This is a MIME-encapsulated message.

--4BtQ.1/mx.farolito.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.farolito.example.

<{bounce.to}>: host mx.example.com[192.0.2.1] said: {bounce.said}
    (in reply to RCPT TO command)

--4BtQ.1/mx.farolito.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.farolito.example
X-Postfix-Queue-ID: 4BtQ
X-Postfix-Sender: rfc822; {OWN}
Arrival-Date: Mon, 18 Jan 2027 10:00:01 +0000 (UTC)

Final-Recipient: rfc822; {bounce.to}
Original-Recipient: rfc822;{bounce.to}
Action: {bounce.action}
Status: {bounce.status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {bounce.said}

--4BtQ.1/mx.farolito.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

{our_head(bounce)}
Hola, Ana.

--4BtQ.1/mx.farolito.example--
""")


def exim(bounce: Bounce) -> bytes:
    return crlf(f"""
Return-path: <>
X-Failed-Recipients: {bounce.to}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.farolito.example>
To: {OWN}
References: {bounce.ours}
Content-Type: multipart/report; report-type=delivery-status; boundary=1800266580-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1-0001@mail.farolito.example>
Date: Mon, 18 Jan 2027 10:03:00 +0000

--1800266580-eximdsn-1
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {bounce.to}
    host mx.example.com [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<{bounce.to}>:
    {bounce.said}

--1800266580-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; mail.farolito.example

Action: {bounce.action}
Final-Recipient: rfc822;{bounce.to}
Status: 5.0.0
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {bounce.said}

--1800266580-eximdsn-1
Content-type: text/rfc822-headers

{our_head(bounce)}
--1800266580-eximdsn-1--
""")


def exim_of_old(bounce: Bounce) -> bytes:
    return crlf(f"""
Return-path: <>
X-Failed-Recipients: {bounce.to}
Auto-Submitted: auto-generated
From: Mail Delivery System <Mailer-Daemon@mail.farolito.example>
To: {OWN}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1-0002@mail.farolito.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered. This is a permanent error.

  {bounce.to}
    SMTP error from remote mail server after RCPT TO:<{bounce.to}>:
    host mx.example.com [192.0.2.1]: {bounce.said}

------ This is a copy of the message, including all the headers. ------

{our_head(bounce)}
Hola, Ana.
""")


def exchange(bounce: Bounce) -> bytes:
    return crlf(f"""
From: <postmaster@example.com>
To: <{OWN}>
Date: Mon, 18 Jan 2027 10:03:00 +0000
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Content-Language: es-ES
Message-ID: <5a1@prod.example.com>
In-Reply-To: {bounce.ours}
References: {bounce.ours}
Subject: No se puede entregar: Tu plan se muda
Auto-Submitted: auto-replied
MIME-Version: 1.0

--b1
Content-Type: multipart/alternative; differences=Content-Type; boundary="b2"

--b2
Content-Type: text/plain; charset="us-ascii"

No se encontro a ana en example.com.

--b2
Content-Type: text/html; charset="us-ascii"

<html><body><p>No se encontr&oacute; a ana en example.com.</p></body></html>

--b2--

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns;prod.example.com
Received-From-MTA: dns;mx.farolito.example
Arrival-Date: Mon, 18 Jan 2027 10:00:05 +0000

Final-Recipient: rfc822;{bounce.to}
Action: {bounce.action}
Status: {bounce.status}
Diagnostic-Code: smtp;{bounce.said}
X-Display-Name: Ana Ejemplo

--b1
Content-Type: message/rfc822

{our_head(bounce)}
Hola, Ana.

--b1--
""")


def gmail(bounce: Bounce) -> bytes:
    return crlf(f"""
Return-Path: <>
To: {OWN}
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: {bounce.ours}
In-Reply-To: {bounce.ours}
X-Failed-Recipients: {bounce.to}
Content-Type: multipart/report; boundary="00aa"; report-type=delivery-status
Message-ID: <6.1@mx.google.com>
Date: Mon, 18 Jan 2027 02:03:00 -0800 (PST)

--00aa
Content-Type: multipart/related; boundary="00bb"

--00bb
Content-Type: multipart/alternative; boundary="00cc"

--00cc
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--00cc
Content-Type: text/html; charset="UTF-8"

<p>Address not found</p>
--00cc--
--00bb--
--00aa
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; {OWN}
Arrival-Date: Mon, 18 Jan 2027 02:00:05 -0800 (PST)
X-Original-Message-ID: {bounce.ours}

Final-Recipient: rfc822; {bounce.to}
Action: {bounce.action}
Status: {bounce.status}
Remote-MTA: dns; mx.example.com. (192.0.2.1, the server for the domain example.com.)
Diagnostic-Code: smtp; {bounce.said}
Last-Attempt-Date: Mon, 18 Jan 2027 02:03:00 -0800 (PST)

--00aa
Content-Type: message/rfc822

{our_head(bounce)}
Hola, Ana.

--00aa--
""")


def ses(bounce: Bounce) -> bytes:
    """Amazon SES sends mail on under a Message-ID of its own; ours is left in the header we repeat it in."""
    theirs = our_head(bounce).replace(f"Message-ID: {bounce.ours}", "Message-ID: <0102@eu-west-1.amazonses.com>")
    return crlf(f"""
From: MAILER-DAEMON@eu-west-1.amazonses.com
To: {OWN}
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; boundary="ses1"; report-type=delivery-status
MIME-Version: 1.0
Message-ID: <0103@eu-west-1.amazonses.com>
Date: Mon, 18 Jan 2027 10:03:00 +0000

--ses1
Content-Type: text/plain; charset=us-ascii

An error occurred while trying to deliver the mail to the following recipients:
{bounce.to}
--ses1
Content-Type: message/delivery-status

Reporting-MTA: dns; a1.smtp-out.eu-west-1.amazonses.com

Action: {bounce.action}
Final-Recipient: rfc822; {bounce.to}
Diagnostic-Code: smtp; {bounce.said}
Status: {bounce.status}

--ses1
Content-Type: message/rfc822

{theirs}
Hola, Ana.

--ses1--
""")


DSNS: Mapping[str, Callable[[Bounce], bytes]] = {
    "postfix": postfix,
    "exim": exim,
    "exim of old": exim_of_old,
    "exchange": exchange,
    "gmail": gmail,
    "ses": ses,
}


def arf(ours: str, kind: str = "abuse") -> bytes:
    """A complaint (RFC 5965): the person pressed what their mail program calls spam."""
    return crlf(f"""
From: <fbl@provider.example>
To: <{OWN}>
Date: Mon, 18 Jan 2027 12:00:00 +0000
Subject: FW: Tu plan se muda
MIME-Version: 1.0
Message-ID: <fbl-1@provider.example>
Content-Type: multipart/report; report-type=feedback-report; boundary="arf1"

--arf1
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message.

--arf1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{OWN}>
Reported-Domain: farolito.example

--arf1
Content-Type: message/rfc822
Content-Disposition: inline

{our_head(Bounce(ours))}
Hola, Ana.

--arf1--
""")


def letter(
    text: str,
    *,
    sender: str = ANA,
    subject: str = "Re: Tu plan se muda",
    more: str = "",
    name: str = "<a1@example.com>",
) -> bytes:
    """A person's mail as plain text; `more` are further header lines, each ended."""
    return crlf(f"""
From: Ana Ejemplo <{sender}>
To: Farolito <{OWN}>
Subject: {subject}
Date: Mon, 18 Jan 2027 11:00:00 +0100
Message-ID: {name}
{more}MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

{text}
""")
