"""Every emergency the town starts with, on sentences as citizens write them: what must fire, and what must not."""

import tomllib

import pytest

from tickets.actions.routing.delivered_emergencies import FILE
from tickets.routing.emergencies import EmergencyWords, alarms_in
from tickets.routing.text import Text

TOLD = tomllib.loads(FILE.read_text(encoding="utf-8"))
SHIPPED = [
    EmergencyWords(number, code, body["phrases"], body["priority"], body["instruction"], body.get("unless", []))
    for number, (code, body) in enumerate(TOLD.items(), start=1)
]

FIGURES = ("failli", "manqué", "bruit", "chaleur", "pollution", "stress", "loyer", "voitures", "camions", "impôts")

FIRES = [
    ("Ça sent le gaz dans la cage d’escalier", "gaz"),
    ("Il y a une très forte odeur de gaz rue des Tilleuls", "gaz"),
    ("Je sens du gaz dans ma cuisine, que faire ?", "gaz"),
    ("Les ouvriers ont percé une conduite, fuite de gaz devant l'école", "gaz"),
    ("BONJOUR CA SENT TRES FORT LE GAZ AU 3EME", "gaz"),
    ("Un câble électrique pend au-dessus du trottoir après la tempête", "fils-electriques"),
    ("Des fils électriques sont tombés sur la route du moulin", "fils-electriques"),
    ("Le lampadaire est ouvert avec des fils apparents", "fils-electriques"),
    ("Mon fils a pris le jus en touchant le lampadaire", "fils-electriques"),
    ("Une poubelle est en feu devant le collège", "incendie"),
    ("La grange a pris feu", "incendie"),
    ("Il y a le feu derrière la gare", "incendie"),
    ("Grosse fumée noire au-dessus de la zone artisanale", "incendie"),
    ("Si lundi la benne est encore là, je viens en mairie et quelqu'un va prendre mon poing.", "menace"),
    ("Je vais vous tuer si vous ne faites rien", "menace"),
    ("Je sais où vous habitez, faites attention", "menace"),
    ("Mon voisin m'a envoyé des menaces de mort", "menace"),
    ("Mon mari me frappe, je ne sais plus où aller", "violence"),
    ("Je suis victime de violences conjugales", "violence"),
    ("Quelqu'un crie au secours dans l'immeuble", "violence"),
    ("Je n'ai plus envie de vivre", "detresse"),
    ("Je veux en finir avec la vie", "detresse"),
    ("J'ai peur qu'elle fasse une tentative de suicide", "detresse"),
    ("j'ai envie de me tuer personne ne m'aide", "detresse"),
    ("Je crois que le voisin bat ses enfants", "enfant"),
    ("Un bébé enfermé dans une voiture sur le parking", "enfant"),
    ("Les enfants sont laissés seuls toute la nuit", "enfant"),
    ("Le mur du cimetière menace de s'effondrer", "effondrement"),
    ("Le plafond s'est effondré dans la salle 2", "effondrement"),
    ("Un gros arbre menace de tomber sur la maison", "effondrement"),
    ("Ma voisine, 88 ans, vit seule, volets fermés depuis hier, elle ne répond pas, il fait 38°.", "secours"),
    ("Mon voisin est tombé et ne peut plus se relever", "secours"),
    ("Un monsieur a perdu connaissance devant la mairie", "secours"),
    # another sentence, or the same word in another sense elsewhere, never silences an alarm
    ("Il y a le feu dans mon immeuble. C'est juste après le feu rouge de la rue de la Gare.", "incendie"),
    ("il y a le feu dans mon immeuble juste après le feu rouge", "incendie"),
    ("Le feu tricolore ne marche plus. Et il y a le feu chez le voisin !", "incendie"),
    ("Le barbecue a pris feu et la haie avec", "incendie"),
    ("Un enfant seul dans la voiture… Les voitures passent sans s'arrêter.", "enfant"),
    ("Ma fille a disparu… Elle jouait sur le trottoir.", "enfant"),
    ("Ma fille a disparu sur le trottoir devant le passage piéton", "enfant"),
    ("Il y a un homme inconscient au sol. Il est tombé devant la boutique.", "secours"),
    ("Homme inconscient au sol devant la boutique", "secours"),
    ("Le plafond s'est effondré. Le prix des loyers est pourtant élevé !", "effondrement"),
    ("Le plafond s'est effondré, vu le prix du loyer c'est un comble", "effondrement"),
    ("Forte odeur de gas", "gaz"),
    ("Je vais lui péter la gueule", "menace"),
    ("mon ex me suit et il a un couteau", "violence"),
    # English
    ("There is a gas leak in our street", "gaz"),
    ("I can smell gas in the stairwell", "gaz"),
    ("The house next door is on fire", "incendie"),
    ("A power line is down across the road", "fils-electriques"),
    ("He said he would kill me", "menace"),
    ("My husband hits me, please help", "violence"),
    ("I want to kill myself", "detresse"),
    ("I just want to die", "detresse"),
    ("A child is alone in the car", "enfant"),
    ("My daughter is missing since this morning", "enfant"),
    ("The ceiling has collapsed", "effondrement"),
    ("My neighbour is unconscious", "secours"),
]

# who kills decides whom to call: somebody else, the police (17); oneself, the prevention of suicide (3114)
KILLS = [
    ("Mon voisin a dit qu'il allait me tuer", "menace"),
    ("mon voisin menace de me tuer avec un couteau", "menace"),
    ("Il va me tuer", "menace"),
    ("Mon mari veut me tuer", "menace"),
    ("Mon ex a menacé de me tuer", "menace"),
    ("Mon frère a essayé de me tuer", "menace"),
    ("J'ai peur qu'il me tue", "menace"),
    ("Quelqu'un cherche à me tuer", "menace"),
    ("Il a dit qu'il allait nous tuer", "menace"),
    ("Ils vont la tuer", "menace"),
    ("Il dit qu'il va le tuer", "menace"),
    ("Il m'a dit : je vais te tuer", "menace"),
    ("Il veut tuer sa femme", "menace"),
    ("He said he would kill me", "menace"),
    ("My neighbour wants to kill us", "menace"),
    ("je vais me tuer", "detresse"),
    ("je vais me tuer ce soir, mon voisin m'a tout pris", "detresse"),
    ("j'ai envie de me tuer personne ne m'aide", "detresse"),
    ("Ça va mal, je veux me tuer", "detresse"),
    ("J'ai voulu me tuer l'an dernier", "detresse"),
    ("Je menace de me tuer si personne ne répond", "detresse"),
    ("si ça continue je me tue", "detresse"),
    ("Je veux me suicider", "detresse"),
    ("J'ai décidé d'en finir", "detresse"),
    ("Ma fille menace de se tuer", "detresse"),
    ("I want to kill myself", "detresse"),
    ("He said he would kill himself", "detresse"),
]

QUIET = [
    "J'ai failli me tuer sur le trottoir verglacé",
    "Les voitures vont nous tuer à rouler si vite",
    "Ce bruit va me tuer",
    "Je me tue à vous le répéter",
    "Ma facture de gaz est trop élevée, je la conteste",
    "Aucune odeur de gaz mais le compteur est bruyant",
    "Nous n'avons pas senti d'odeur de gaz, c'est une question de tarif",
    "Coupure du gaz prévue mardi, à quelle heure ?",
    "Odeur d'égout dans la rue depuis une semaine",
    "Les gaz d'échappement des camions, on se sent étouffés",
    "Borne pour voiture électrique en panne, câble bloqué",
    "Décharge sauvage d'appareils électriques au bout du chemin",
    "Le feu tricolore est en panne, les voitures passent au feu rouge",
    "J'ai pris à droite au feu et j'ai crevé dans un nid-de-poule",
    "Feu d'artifice du 14 juillet : à quelle heure ?",
    "Attestation d'assurance incendie pour la salle des fêtes",
    "La bouche d'incendie fuit",
    "Mon voisin brûle ses déchets verts tous les dimanches",
    "Le bruit du bar me tue, je n'en dors plus",
    "Je vous signale un pneu crevé et je vais porter plainte",
    "Je me suis cassé la figure sur le trottoir verglacé",
    "La fermeture de classe menace l'école",
    "Comment tuer les rats dans la cour ?",
    "Ce qui me frappe, c'est la saleté des rues",
    "Journée de prévention du suicide : peut-on réserver la salle ?",
    "Je veux en finir avec ce dossier de permis",
    "C'est à mourir de rire",
    "Nos enfants sont en danger au passage piéton",
    "Ma fille a disparu de la liste de la cantine",
    "Les enfants jouent seuls au ballon sous mes fenêtres",
    "Mes enfants attendent seuls le bus",
    "Le marché immobilier s'effondre, et ma taxe augmente",
    "Le projet de piscine est tombé à l'eau",
    "La mairie ne répond pas au téléphone",
    "Le magasin a ses volets fermés depuis plusieurs jours",
    "Ya un trou ENORME devant le 12 rue des Tilleuls, un scooter est tombé hier, vous attendez un mort ???",
    "Acte de décès de ma mère, morte chez elle en 1998",
    "Il s'est blessé sur l'aire de jeux le mois dernier, à qui envoyer la facture ?",
    "Bonjour, pouvez vous m'envoyer un extrait d'acte de naissance svp ? Née ici le 4 mai 1987.",
    "Lampadaire éteint depuis 3 semaines allée du Stade, ma fille rentre du collège dans le noir.",
    "Bonjour, bac jaune pas ramassé mardi. Et comment inscrire mon fils à la cantine ?",
    "Je veux le nom du responsable. Quatrième mail, personne ne répond.",
    "Le feu rouge ne marche plus",
    "Il y a le feu rouge de la gare qui est bloqué au vert",
    "Il y a un feu tricolore en panne devant l'école",
    "Y a le feu d'artifice samedi ?",
    "Une odeur de gaz lacrymogène après la manifestation",
    "Le barbecue du voisin fait une fumée noire tous les soirs",
    "Les voitures roulent trop vite, nos enfants sont en danger",
    "Nos enfants sont en danger à cause de la vitesse",
    "Mon fils a disparu du portail famille",
    "Ma fille a disparu de mon dossier d'inscription",
    "Le prix des loyers s'est effondré",
    "La boutique a ses volets fermés depuis plusieurs jours",
    "Je cherche un cours de secourisme : que faire d'une personne inconsciente ?",
    "Je vais tuer les rats moi-même si vous ne venez pas",
    "How do I register my child at school?",
    "The lamp post in our street is broken, the gas bill is too high",
]


@pytest.mark.parametrize(("sentence", "code"), FIRES)
def test_what_cannot_wait_is_recognised(sentence: str, code: str) -> None:
    assert code in [alarm.emergency.name for alarm in alarms_in(Text("Bonjour", sentence), SHIPPED)]


@pytest.mark.parametrize(("sentence", "code"), KILLS)
def test_a_threat_is_not_taken_for_distress_nor_distress_for_a_threat(sentence: str, code: str) -> None:
    found = {alarm.emergency.name for alarm in alarms_in(Text("Bonjour", sentence), SHIPPED)}
    assert found & {"menace", "detresse"} == {code}


def test_what_is_no_distress_because_somebody_else_kills_is_a_threat() -> None:
    """Nothing falls between the two: an exception of the distress, « va me tuer », is a phrase of the threat."""
    threats = [emergency for emergency in SHIPPED if emergency.name == "menace"]
    for exception in TOLD["detresse"]["unless"]:
        if "me tuer" in exception and not any(word in exception for word in FIGURES):
            assert alarms_in(Text(exception.strip('"')), threats), exception


@pytest.mark.parametrize("sentence", QUIET)
def test_everyday_requests_raise_no_alarm(sentence: str) -> None:
    assert [(alarm.emergency.name, alarm.words) for alarm in alarms_in(Text("Bonjour", sentence), SHIPPED)] == []


@pytest.mark.parametrize(
    ("code", "sentence"), [(code, sentence) for code, body in TOLD.items() for sentence in body["phrases"]]
)
def test_no_phrase_is_silenced_by_its_own_exceptions(code: str, sentence: str) -> None:
    own = [emergency for emergency in SHIPPED if emergency.name == code]
    assert alarms_in(Text(sentence.strip('"')), own), sentence
    assert len(sentence) <= 80


def test_every_instruction_names_whom_to_call() -> None:
    for code, body in TOLD.items():
        assert any(number in body["instruction"] for number in ("18", "112", "17", "15")), code
    assert "0 800 47 33 33" in TOLD["gaz"]["instruction"]
    assert "3114" in TOLD["detresse"]["instruction"]
    assert "119" in TOLD["enfant"]["instruction"]


def test_the_words_are_those_of_the_citizen_and_the_gravest_comes_first() -> None:
    low = EmergencyWords(1, "bruit", ["musique forte"], 3)
    high = EmergencyWords(2, "gaz", ["odeur de gaz", "gaz"], 4)
    alarms = alarms_in(Text("Musique très FORTE et une Odeur de Gaz !"), [low, high])
    assert [(alarm.emergency.name, alarm.words) for alarm in alarms] == [
        ("gaz", ("Odeur de Gaz",)),
        ("bruit", ("Musique très FORTE",)),
    ]
