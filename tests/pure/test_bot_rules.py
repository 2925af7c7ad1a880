"""Rules fire on an act or a complaint, never on a question about it; both languages, however people type."""

from itertools import chain

import pytest

from bot.rules import handoff_probability, hear
from records.types import Reason

ACTS: dict[Reason, tuple[str, str]] = {
    Reason.PERSON: (
        """quiero hablar con una persona
        Quiero hablar con un agente por favor
        ¿puedo hablar con alguien?
        pásame con un humano
        necesito un operador
        persona
        agente humano
        ¿me podéis llamar?
        no quiero hablar con un robot
        ¿hay alguien ahí?
        quiero ablar con una persona real
        kiero hablar con un asesor
        que me atienda una persona
        ponme con un encargado
        comuníqueme con un asesor
        ¿me puede atender un humano?
        quiero escalar mi caso""",
        """I want to speak to a human
        can I talk to a person?
        agent please
        talk to a real person
        get me a human
        how do I chat with somebody?
        i need to spek with an operater
        connect me with a representative
        let me speak to your manager
        is there anyone I can talk to, a human maybe
        human
        I don't want to talk to a bot
        could someone call me?
        I'd rather have a person
        escalate this""",
    ),
    Reason.CANCELLATION: (
        """quiero darme de baja
        Quiero cancelar mi suscripción
        dadme de baja ya
        solicito la baja
        me quiero dar de baja, ¿cómo lo hago?
        cancelad mi cuenta
        ya no quiero seguir suscrito
        ¿podéis darme de baja?
        no quiero renovar
        quiero rescindir el contrato
        cancelar suscripción
        necesito anular mi plan
        voy a dejar el servicio y quiero la baja
        dejad de cobrarme, ya no lo uso""",
        """I want to cancel my subscription
        please cancel my account
        cancel my subscription
        I'd like to end my membership
        can you cancel my plan?
        I don't want to renew
        I am cancelling
        I want to cancel. How do I do it?
        please terminate my contract
        I no longer want to continue
        I wish to close my account
        do not renew my subscription
        I want to cancel""",
    ),
    Reason.DOUBLE_CHARGE: (
        """me habéis cobrado dos veces
        Me han cobrado 2 veces este mes
        ¿por qué me habéis cobrado dos veces?
        tengo dos cargos del mismo día
        me cobrasteis doble
        hay un cobro duplicado
        aparecen dos recibos en mi banco
        he pagado dos veces
        me han pasado dos veces el recibo
        me han vuelto a cobrar
        cargo repetido en mi cuenta
        me ha cobrado la cuota por duplicado
        me habéis pasado el cargo por duplicado""",
        """I was charged twice
        you charged me twice this month
        why was I charged twice?
        I've been billed two times
        there are two charges on my card
        double charged!
        I paid twice
        duplicate payment on my statement
        I got charged again
        you took the money twice
        I have been debited double
        I see two payments for January""",
    ),
    Reason.UNKNOWN_CHARGE: (
        """no reconozco este cargo
        hay un cargo que no reconozco
        tengo un cobro desconocido
        no sé de qué es este recibo
        me habéis cobrado de más
        ¿qué es este cargo de 8,99?
        un cargo que no entiendo
        no he autorizado este pago
        ¿por qué me habéis cobrado?
        me aparece un cobro extraño
        no me suena este cargo
        me habéis cobrado sin avisar""",
        """I don't recognise this charge
        there is a charge I do not recognize
        unknown charge on my card
        what is this charge?
        I did not authorise this payment
        I was overcharged
        why was I charged?
        unauthorized payment from you
        a payment I don't understand appeared
        strange charge on my statement
        I don't know what this debit is
        you charged me too much""",
    ),
    Reason.ERASURE: (
        """borrad mi cuenta
        quiero que borréis mis datos
        eliminad todos mis datos
        quiero eliminar mi cuenta
        ¿podéis borrar mi cuenta?
        ejerzo mi derecho de supresión
        solicito la supresión de mis datos
        borrar mi cuenta
        quiero borrar mi perfil
        exijo que eliminéis mi información
        derecho al olvido
        eliminen mis datos del sistema""",
        """delete my account
        I want you to delete my data
        erase all my data
        please remove my personal details
        can you delete my account?
        right to be forgotten
        I want to delete my profile
        I request you erase my information
        wipe my data
        delete everything you have on me
        I'd like my data deleted, please delete my data
        please erase my account""",
    ),
    Reason.COMPLAINT: (
        """quiero poner una reclamación
        quiero poner una queja
        me quiero quejar
        quiero la hoja de reclamaciones
        voy a quejarme
        esto es una queja
        quiero presentar una reclamación formal
        quiero reclamar
        pongo una reclamación
        vengo a quejarme del servicio
        tengo una queja
        necesito interponer una reclamación""",
        """I want to complain
        I want to file a complaint
        this is a formal complaint
        I would like to make a complaint
        I have a complaint
        I'd like to lodge a complaint
        I need to submit a complaint
        here is my complaint
        we want to raise a formal complaint
        I wish to register a complaint
        complaint about your service
        I am filing a complaint""",
    ),
    Reason.NO_ACCESS: (
        """he pagado y no puedo entrar
        ya pagué y no tengo acceso
        no puedo acceder y he pagado
        me habéis cobrado y no tengo acceso
        estoy pagando y no puedo ver nada
        He pagado. No me deja entrar.
        no consigo entrar y estoy al día de pago
        pagado y sin acceso
        he pagado y no puedo escuchar
        sin acceso aunque he pagado
        he pagado, ¿por qué no puedo entrar?
        hemos pagado y no tenemos acceso, no puedo entrar""",
        """I paid and I have no access
        I've paid but I can't log in
        I cannot access and I have paid
        you charged me and I can't get in
        I'm paying and cannot watch anything
        paid but locked out
        I paid yesterday. I still can't access my account.
        no access even though I paid
        I have paid but do not have access
        you took my money and I'm locked out
        I can't use it and I am paying
        I already paid, why can't I log in?""",
    ),
    Reason.FRAUD: (
        """han usado mi tarjeta
        me han hackeado la cuenta
        me han robado los datos
        hay un cargo fraudulento
        he puesto mi tarjeta en una web falsa
        alguien ha entrado en mi cuenta
        me han estafado
        mi cuenta está hackeada
        han suplantado mi identidad
        he caído en una estafa
        me han clonado la tarjeta
        alguien está usando mi cuenta""",
        """someone used my card
        my account was hacked
        my card was stolen
        fraudulent charge on my card
        I entered my card on a fake site
        somebody got into my account
        I was scammed
        identity theft
        my account has been compromised
        I fell for a scam
        someone is using my account
        I gave my details to a phishing site""",
    ),
    Reason.LEGAL: (
        """os voy a denunciar
        mi abogado os escribirá
        voy a poner una demanda
        iré a la OCU
        tomaré acciones legales
        os veré en el juzgado
        pondré una denuncia en consumo
        recibiréis un burofax
        lo llevaré a la agencia de protección de datos
        acudiré a los tribunales
        voy a denunciaros
        lo he hablado con mi abogada""",
        """I will sue you
        my lawyer will contact you
        I'm taking legal action
        I'll see you in court
        I will report you to the ombudsman
        I'm talking to my solicitor
        small claims next
        I'm reporting you to trading standards
        you will hear from my attorney
        we are starting legal proceedings
        I am going to take you to court
        I'll go to consumer protection""",
    ),
    Reason.BEREAVEMENT: (
        """mi padre ha fallecido
        falleció mi marido
        mi madre murió en enero
        mi padre ha fallecido, ¿cómo cancelo su suscripción?
        el titular ha fallecido
        tengo el certificado de defunción
        por fallecimiento de mi hermano
        se ha muerto mi abuela
        mi mujer falleció
        mi difunto marido
        me he quedado viuda
        ha muerto el titular""",
        """my father passed away
        my husband died
        my mum has died, how do I cancel her plan?
        the account holder is deceased
        death of my wife
        I have the death certificate
        my late father had an account
        my grandmother has passed away
        my brother died last week
        my wife is deceased
        my son has died
        I was widowed""",
    ),
    Reason.HARDSHIP: (
        """no me lo puedo permitir
        estoy en paro
        no puedo pagar este mes
        he perdido el trabajo
        no llego a fin de mes
        tengo problemas económicos
        me he quedado sin trabajo
        no puedo permitirme la cuota
        estoy desempleada
        no tengo dinero para pagar
        pasamos dificultades económicas
        me han despedido del trabajo""",
        """I can't afford it
        I lost my job
        I am unemployed
        I'm struggling to pay
        financial difficulties at home
        I cannot pay this month
        I was made redundant
        I have no money
        money is tight
        we are out of work
        I can no longer afford this
        I am having financial hardship""",
    ),
    Reason.OBJECTION: (
        """me opongo al cambio
        no quiero que paséis mis datos
        no autorizo la cesión de mis datos
        no acepto las nuevas condiciones
        no consiento que compartáis mis datos
        ejerzo mi derecho de oposición
        retiro mi consentimiento
        no acepto el cambio
        no paséis mis datos a nadie
        no doy permiso para el traspaso
        no quiero que mováis mi cuenta
        no quiero cambiar de plataforma""",
        """I object to the transfer
        I don't want you to share my data
        I do not consent to this
        I do not accept the new terms
        don't pass my data to them
        I withdraw my consent
        right to object
        I refuse the change
        I do not want my data transferred
        I don't agree with this change
        stop sharing my data
        I reject the new terms""",
    ),
    Reason.DISPUTE: (
        """he abierto una disputa
        voy a poner un contracargo
        no estoy de acuerdo con el cobro
        devolvedme el dinero
        quiero mi dinero
        quiero un reembolso
        quiero disputar este cargo
        he reclamado al banco
        quiero la devolución del dinero
        ¿podéis devolverme el importe?
        reembolsadme lo cobrado
        he iniciado una retrocesión""",
        """I want a refund
        give me my money back
        I'm disputing this charge
        I opened a dispute
        I will do a chargeback
        I dispute the payment
        refund me
        can you refund me?
        I do not agree with this charge
        I filed a chargeback
        I want my money back
        I need a full refund""",
    ),
    Reason.RETURNED_DEBIT: (
        """he devuelto el recibo
        mi banco ha devuelto el recibo
        devolví el recibo
        he rechazado el adeudo
        el recibo ha sido devuelto
        voy a devolver el recibo
        me ha venido devuelto, el banco rechazó el pago
        la domiciliación fue rechazada
        acabo de devolver vuestro recibo
        he devuelto los recibos
        el recibo vino devuelto
        rechacé el cargo""",
        """I returned the direct debit
        my bank rejected the direct debit
        the direct debit was returned
        I reversed your debit
        my direct debit bounced
        the bank refused the direct debit
        direct debit has been rejected
        I sent back the direct debit
        direct debit got returned
        I rejected the debit
        I blocked your direct debit
        my direct debit was bounced""",
    ),
    Reason.DUPLICATE_ACCOUNT: (
        """tengo dos cuentas
        mi cuenta está duplicada
        me aparecen dos suscripciones
        tengo una cuenta duplicada
        me habéis creado otra cuenta
        estoy registrado dos veces
        quiero unir mis cuentas
        hay dos cuentas a mi nombre
        tengo 2 cuentas
        se ha creado una segunda cuenta, tengo dos perfiles
        creo que tengo dos suscripciones
        cuenta repetida""",
        """I have two accounts
        my account is duplicated
        you created a second account
        I have a duplicate account
        I ended up with two subscriptions
        I am registered twice
        merge my accounts
        I have 2 accounts
        I see two accounts
        duplicate subscription in my name
        I seem to have two profiles
        combine my two accounts""",
    ),
    Reason.IMPERSONATION: (
        """he recibido un correo falso
        alguien se hace pasar por vosotros, se hacen pasar por vosotros
        me ha llegado un sms sospechoso
        me han llamado diciendo que sois vosotros
        he recibido un SMS pidiéndome la tarjeta
        están usando vuestro nombre
        me llegó un mensaje falso vuestro
        es phishing
        he recibido un correo en vuestro nombre
        me han escrito haciéndose pasar por la empresa
        recibí un email fraudulento
        hay una web falsa vuestra""",
        """I got a fake email
        someone is pretending to be you
        I received a suspicious message
        a caller claiming to be from your company
        I got a text asking for my card
        people impersonating you
        I received a phishing email
        fake website using your name
        someone called claiming to be you
        I had a scam call
        an email pretending to be from you
        got a weird text from you""",
    ),
    Reason.ANGER: (
        """sois unos ladrones
        esto es una vergüenza
        estoy harta
        es inaceptable
        menuda estafa
        no servís para nada
        me estáis tomando el pelo
        vaya mierda de servicio
        estoy hasta las narices
        nadie me contesta
        sois unos sinvergüenzas
        servicio pésimo""",
        """this is ridiculous
        you are thieves
        I'm fed up
        this is unacceptable
        worst service ever
        I am furious
        you are useless
        this is a scam
        nobody answers
        I am sick of this
        stop wasting my time
        this is bullshit""",
    ),
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("reason", "text"),
    [(reason, text) for reason, pair in ACTS.items() for text in chain.from_iterable(map(lines, pair))],
)
def test_an_act_goes_to_a_person(reason: Reason, text: str) -> None:
    assert reason in hear(text).reasons


@pytest.mark.parametrize(("reason", "pair"), ACTS.items())
def test_every_rule_has_at_least_twelve_acts_in_each_language(reason: Reason, pair: tuple[str, str]) -> None:
    assert all(len(lines(text)) >= 12 for text in pair)


def test_the_act_wins_over_the_question_in_one_message() -> None:
    assert hear("¿Cómo me doy de baja? Me habéis cobrado dos veces.").reasons == (Reason.DOUBLE_CHARGE,)


def test_a_person_asked_for_ranks_above_every_other_act_and_those_above_questions() -> None:
    asked, act, question = map(handoff_probability, ("speak to a human", "I was charged twice", "how do I cancel?"))
    assert asked > act > question
