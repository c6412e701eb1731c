"""What is spoken while a person trains, in the language of their browser. What is shown is English."""

from __future__ import annotations

from collections.abc import Mapping

from posecount.counting.profiles import Reason
from posecount.datasets.dataset import exercise_label

LANGUAGES = ("en", "de", "fr", "es", "it", "pt")
"""The columns of the tables below. Where a language is not among them, English is spoken."""


def _table(rows: Mapping[str, tuple[str, str, str, str, str, str]]) -> Mapping[str, Mapping[str, str]]:
    return {key: dict(zip(LANGUAGES, row, strict=True)) for key, row in rows.items()}


PHRASES = _table({
    "repetitions": ("{number} {exercise}",) * 6,
    "seconds": (
        "{exercise}, {number} seconds", "{exercise}, {number} Sekunden", "{exercise}, {number} secondes",
        "{exercise}, {number} segundos", "{exercise}, {number} secondi", "{exercise}, {number} segundos",
    ),
    "get ready": (
        "Get ready for {what}.", "Mach dich bereit: {what}.", "Prépare-toi : {what}.",
        "Prepárate: {what}.", "Preparati: {what}.", "Prepare-se: {what}.",
    ),
    "begin": (
        "Go: {what}.", "Los: {what}.", "C'est parti : {what}.", "Vamos: {what}.", "Via: {what}.", "Vamos: {what}.",
    ),
    "go": ("Go.", "Los.", "C'est parti.", "Vamos.", "Via.", "Vamos."),
    "last three": (
        "{number}, last three", "{number}, noch drei", "{number}, plus que trois",
        "{number}, quedan tres", "{number}, ne mancano tre", "{number}, faltam três",
    ),
    "rest": (
        "Done. Rest {seconds} seconds. Next: {what}.", "Fertig. {seconds} Sekunden Pause. Als Nächstes: {what}.",
        "Terminé. {seconds} secondes de repos. Ensuite : {what}.",
        "Hecho. Descansa {seconds} segundos. Después: {what}.",
        "Fatto. Riposa {seconds} secondi. Poi: {what}.", "Feito. Descanse {seconds} segundos. Depois: {what}.",
    ),
    "next": (
        "Done. Next: {what}.", "Fertig. Als Nächstes: {what}.", "Terminé. Ensuite : {what}.",
        "Hecho. Después: {what}.", "Fatto. Poi: {what}.", "Feito. Depois: {what}.",
    ),
    "plan done": (
        "Done. That was the whole plan.", "Fertig. Das war der ganze Plan.", "Terminé. C'était tout le programme.",
        "Hecho. Ese era todo el plan.", "Fatto. Questo era tutto il piano.", "Feito. Esse era o plano todo.",
    ),
    "other": (
        "That was {done}. {due} are due.", "Das war: {done}. Jetzt dran: {due}.", "C'était : {done}. À faire : {due}.",
        "Eso fue: {done}. Ahora toca: {due}.", "Questo era: {done}. Ora: {due}.", "Isso foi: {done}. Agora: {due}.",
    ),
    "paused": ("Paused.", "Pause.", "Pause.", "Pausa.", "Pausa.", "Pausa."),
    "resumed": ("Go on.", "Weiter.", "On reprend.", "Seguimos.", "Si riprende.", "Continuando."),
})  # fmt: skip
"""Key → sentence in each language; what stands in braces is filled in."""

EXERCISES = _table({
    "squats": ("squats", "Kniebeugen", "squats", "sentadillas", "squat", "agachamentos"),
    "pushups": ("push-ups", "Liegestütze", "pompes", "flexiones", "piegamenti", "flexões"),
    "situps": ("sit-ups", "Sit-ups", "relevés de buste", "abdominales", "addominali", "abdominais"),
    "lunges": ("lunges", "Ausfallschritte", "fentes", "zancadas", "affondi", "afundos"),
    "side_lunges": (
        "side lunges", "seitliche Ausfallschritte", "fentes latérales", "zancadas laterales", "affondi laterali",
        "afundos laterais",
    ),
    "jumping_jacks": (
        "jumping jacks", "Hampelmänner", "jumping jacks", "saltos de tijera", "jumping jack", "polichinelos",
    ),
    "pullups": ("pull-ups", "Klimmzüge", "tractions", "dominadas", "trazioni", "barras"),
    "curls": ("curls", "Bizepscurls", "curls", "curls de bíceps", "curl", "roscas"),
    "presses": (
        "shoulder presses", "Schulterdrücken", "développés épaules", "press de hombros", "spinte sopra la testa",
        "desenvolvimentos",
    ),
    "front_raises": (
        "front raises", "Frontheben", "élévations frontales", "elevaciones frontales", "alzate frontali",
        "elevações frontais",
    ),
    "deadlifts": (
        "deadlifts", "Kreuzheben", "soulevés de terre", "pesos muertos", "stacchi da terra", "levantamentos terra",
    ),
    "high_knees": (
        "high knees", "Knieheben", "montées de genoux", "rodillas arriba", "ginocchia alte", "joelhos altos",
    ),
    "planks": ("plank", "Unterarmstütz", "planche", "plancha", "plank", "prancha"),
    "wall_sits": (
        "wall sit", "Wandsitz", "chaise contre le mur", "sentadilla en la pared", "sedia al muro", "cadeira na parede",
    ),
})  # fmt: skip
"""The exercises of the starter dataset. A person's own are spoken as they are named."""

REASONS = _table({
    "no person": (
        "Step into the frame.", "Komm ins Bild.", "Place-toi dans l'image.", "Ponte dentro de la imagen.",
        "Entra nell'immagine.", "Entre na imagem.",
    ),
    "jumped": (
        "Tracking jumped to another person.", "Eine andere Person wurde erfasst.", "Une autre personne a été suivie.",
        "Se siguió a otra persona.", "È stata seguita un'altra persona.", "Outra pessoa foi seguida.",
    ),
    "arms": (
        "Step back: your arms are not visible.", "Geh zurück: deine Arme sind nicht zu sehen.",
        "Recule : on ne voit pas tes bras.", "Aléjate: no se ven tus brazos.",
        "Allontanati: non si vedono le braccia.", "Afaste-se: os seus braços não aparecem.",
    ),
    "legs": (
        "Step back: your legs are not visible.", "Geh zurück: deine Beine sind nicht zu sehen.",
        "Recule : on ne voit pas tes jambes.", "Aléjate: no se ven tus piernas.",
        "Allontanati: non si vedono le gambe.", "Afaste-se: as suas pernas não aparecem.",
    ),
    "unknown pose": (
        "Pose not recognised.", "Haltung nicht erkannt.", "Pose non reconnue.", "Postura no reconocida.",
        "Posizione non riconosciuta.", "Posição não reconhecida.",
    ),
    "no exercise": (
        "Exercise not recognised.", "Übung nicht erkannt.", "Exercice non reconnu.", "Ejercicio no reconocido.",
        "Esercizio non riconosciuto.", "Exercício não reconhecido.",
    ),
    "unknown exercise": (
        "Unknown exercise.", "Unbekannte Übung.", "Exercice inconnu.", "Ejercicio desconocido.",
        "Esercizio sconosciuto.", "Exercício desconhecido.",
    ),
    "waiting for the start": (
        "Go to the start position.", "Geh in die Ausgangsposition.", "Mets-toi en position de départ.",
        "Ponte en la posición inicial.", "Vai alla posizione di partenza.", "Vá para a posição inicial.",
    ),
    "too shallow": (
        "Go further.", "Geh weiter hinein.", "Va plus loin.", "Baja más.", "Vai più a fondo.", "Vá mais fundo.",
    ),
    "perhaps too shallow": (
        "Perhaps too shallow: go further.", "Vielleicht zu flach: geh weiter hinein.",
        "Peut-être pas assez loin : va plus loin.", "Quizá te quedas corto: baja más.",
        "Forse troppo poco: vai più a fondo.", "Talvez pouco: vá mais fundo.",
    ),
    "paused": ("Paused.", "Pause.", "En pause.", "En pausa.", "In pausa.", "Em pausa."),
    "getting ready": (
        "Get ready.", "Mach dich bereit.", "Prépare-toi.", "Prepárate.", "Preparati.", "Prepare-se.",
    ),
    "too close": (
        "Step back: you are too close, or too far to one side.", "Geh zurück: du bist zu nah oder zu weit am Rand.",
        "Recule : tu es trop près, ou trop sur le côté.", "Aléjate: estás muy cerca, o muy a un lado.",
        "Allontanati: sei troppo vicino, o troppo di lato.", "Afaste-se: está muito perto, ou muito para o lado.",
    ),
    "too far": (
        "Come closer: you are too far away.", "Komm näher: du bist zu weit weg.", "Approche : tu es trop loin.",
        "Acércate: estás muy lejos.", "Avvicinati: sei troppo lontano.", "Aproxime-se: está muito longe.",
    ),
    "to the side": (
        "Turn to the side.", "Dreh dich zur Seite.", "Tourne-toi de côté.", "Ponte de lado.", "Mettiti di lato.",
        "Vire-se de lado.",
    ),
    "to face the camera": (
        "Turn to face the camera.", "Dreh dich zur Kamera.", "Tourne-toi vers la caméra.", "Ponte frente a la cámara.",
        "Girati verso la telecamera.", "Vire-se para a câmera.",
    ),
})  # fmt: skip
"""Why nothing counts: the code of a `Reason`; where its text says which of several, a word for that."""

_TOLD_APART = {
    "not visible": ("arms", "legs"),
    "placement": ("too close", "too far", "to the side", "to face the camera"),
}
"""Of a code, what tells its texts apart; these are keys of `REASONS`."""


def language_of(locale: str | None) -> str:
    """The language to speak to a browser of a locale such as ``de-AT``; English where there is no table for it."""
    language = (locale or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else "en"


def phrase(key: str, language: str, **values: object) -> str:
    """A sentence of `PHRASES`, with what stands in its braces."""
    return PHRASES[key][language].format(**values)


def exercise_in(language: str, exercise: str) -> str:
    """How an exercise is called within a sentence."""
    known = EXERCISES.get(exercise)
    return known[language] if known else exercise_label(exercise).lower()


def reason_in(language: str, reason: Reason) -> str:
    """Why nothing counts, as it is spoken; in English that is what is shown."""
    keys = [each for each in _TOLD_APART.get(reason.code, (reason.code,)) if each == reason.code or each in reason.text]
    return reason.text if language == "en" or not keys else REASONS[keys[0]][language]
