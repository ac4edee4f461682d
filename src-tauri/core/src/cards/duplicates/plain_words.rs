//! The words of [`super::thesaurus`] that make no difference to a question, in some languages. Accents are taken away, as
//! [`super::normalised`] has them, and `ß` is `ss`.

/// Words without which two wordings of a question are still the same.
pub(super) const EMPTY: &[&str] = &[
    // English
    "the a an of in on to is are was were be been being what which who whom whose how does do did done by for it \
     its that this these those and called name names named term s t per seconds please give state tell define \
     defined definition describe explain identify city number with at about as from into there their his her has \
     have had having known referred also commonly usually typically normally generally mainly main mostly exactly \
     actually primarily primary principal chief per year years many much long kind type sort category value meant \
     understood happen happens happened occur occurs occurred take takes took taken taking place located situated \
     lie lies given say word translate translated translation express expressed can could would must should may \
     will one or if when whenever using you your we us our one's someone anyone something degrees degree \
     approximately roughly around circa ca serve serves come comes came go goes went concept phrase expression",
    // German
    "der die das den dem des ein eine einen einem einer eines ist sind war waren was welche welcher welches welchem \
     welchen wer wen wem wie viel viele vielen von vom im ins und heisst heissen nennt nennen genannt nenne man fur \
     zu zum zur wird werden wurde wurden worden aus bei beim mit auf an am um uber durch hat haben hatte hatten \
     kann kam gibt gab es sie er sich auch so lautet laut formuliere formuliert formulieren versteht versteh unter \
     begriff definiere definiert beschreibe erklare bezeichnet bezeichnung name namens befindet liegt lag stattfand \
     fand statt findet ereignete geschieht geschah jahr jahre jahren etwa ungefahr circa grad wort sagt zahl stadt \
     wesentlich hauptsachlich",
    // French
    "le la les l un une de du d des est sont etait etaient fut furent quel quelle quels quelles qui que qu quoi et \
     ce cest c en au aux a ont avait avoir ete etre par pour avec dans sur se s t il elle on y nomme nommer appelle \
     appelee appele enoncez enoncer enonce citez definir definissez definition decrivez dit dire dites signifie \
     veut mot lieu eu trouve situe situee combien annee an ans comment ville nombre valeur sorte environ qu'est",
    // Spanish
    "el los las lo es son era eran fue fueron ser cual cuales quien quienes se y del al en con por para su sus que \
     un una llama llamado llamada nombre enuncia define defina definicion describe dice decir palabra tiene tienen \
     tenia tuvo lugar ocurrio encuentra situa ubicado ubicada cuanto cuantos cuanta cuantas ano anos como ciudad \
     numero valor tipo aproximadamente ha han hay",
    // Italian, Portuguese, Dutch
    "il gli di e che chi qual quale si o os as do da quem het een van wat welk welke en in nel nella della dello dei \
     delle sono era furono chiama nome anno quanti quante na dos das em foi sao qual como uma um ao wie hoe heet \
     zijn werd wordt jaar op",
];

/// Words that ask or say the same, one line for each meaning. Irregular forms are here too.
pub(super) const SAME: &[&str] = &[
    "invent invented inventor inventors invention erfand erfanden erfunden erfinder erfinderin erfindung inventeur \
     inventa inventado inventada",
    "discover discovered discoverer discovery entdeckt entdeckte entdeckten entdecker entdeckung decouvert \
     decouverte decouvrit decouvreur descubrio descubierto descubierta descubridor descubrimiento",
    "author write writes wrote written writer schrieb schrieben geschrieben verfasste verfasst verfasser autor \
     autorin schriftsteller ecrit ecrite ecrivit auteur autrice escribio escrito escrita autora scrisse scritto \
     scritta autore escreveu escritor",
    "paint paints painted painter malte gemalt maler malerin peint peinte peignit peintre pinto pintado pintada \
     pintor pintora",
    "compose composed composer komponiert komponierte komponist compositeur compuso compositor compositora",
    "found founded founder founding establish established gegrundet grundete grunder grundung fonde fondee fonda \
     fondateur fondation fundo fundado fundada fundador fundacion",
    "build built builds construct constructed construction erbaut gebaut baute erbaute construit construite \
     construyo construido construida construccion",
    "produce make makes made making produces produced production generate generates generated synthesise \
     synthesised synthesize synthesized synthesizes secrete secretes secreted create creates created formed \
     produziert produzieren produktion erzeugt erzeugen gebildet bildet bilden hergestellt herstellt herstellung \
     produit produite produisent produisait fabrique produccion producen producido producida secreta",
    "begin begins began begun beginning start starts started commence commenced outbreak begann beginnt beginn \
     anfang angefangen anfing ausbruch ausgebrochen commence commenca debut debute debuta empezo comenzo inicio \
     comienzo",
    "end ends ended ending finish finished endete enden ende endet geendet fin fini finit termine terminee termina \
     termino acabo finalizo final",
    "function functions purpose purposes role use uses used using job task tasks funktion aufgabe rolle zweck dient \
     verwendet verwendung benutzt genutzt fonction role sert utilise utilisee utilisation usage funcion papel sirve \
     usa utiliza utilizado uso",
    "effect effects impact consequence consequences result results wirkung wirkungen bewirkt bewirken auswirkung \
     folge folgen effet effets efecto efectos",
    "cause causes caused reason why because due leads warum weshalb wieso ursache ursachen grund verursacht pourquoi \
     raison causa causas razon porque perche motivo waarom",
    "when date wann quand cuando quando wanneer datum fecha",
    "mean means meaning meanings stand stands denote denotes signify signifies abbreviation acronym initialism \
     bedeutet bedeutung steht abkurzung abreviation sigle significa significado siglas abreviatura",
    "calculate calculated calculates calculation compute computed computes formula equation berechnet berechnen \
     berechnung formel gleichung calcule calculer formule calcula calcular calculo ecuacion",
    "derivative derivatives differentiate derive ableitung ableiten abgeleitet derivee derivada",
    "integral integrate antiderivative stammfunktion integriere integrale integrer primitiva primitive",
    "consist ingredient ingredients component components constituent constituents consists comprise comprises \
     composed besteht bestehen enthalt contain contains contained enthalten contient consta contiene",
    "allow allows allowed permit permits permitted enable enables let lets erlaubt ermoglicht permet permite",
    "need needs needed require requires required necessary braucht benotigt benotigen erforderlich notig faut \
     necessaire requiert necesita requiere necesario",
    "increase increases increased raise raises raised rise rises rose risen elevate elevates erhoht erhohen steigert \
     steigt augmente aumenta",
    "decrease decreases decreased lower lowers lowered reduce reduces reduced fall falls fell senkt senken \
     verringert sinkt diminue reduit disminuye reduce",
    "remove removes removed delete deletes deleted erase entfernt loscht supprime elimina",
    "change changes changed modify modifies modified alter alters altered verandert andert modifie cambia modifica",
    "obtain obtains obtained get gets got receive receives received erhalt obtient obtiene",
    "add adds added append appends insert inserts inserted sum total",
    "duration lasted dauer dauerte dauert duree dure dura duro duracion",
    "speed fast velocity schnell geschwindigkeit vitesse vite velocidad rapido",
    "height high tall hoch hohe hauteur haut altura alto alta",
    "largest biggest greatest grosste grossten grosster grosstes",
    "highest tallest hochste hochsten hochster",
    "important significant wichtig wichtige important importante",
    "birth born geboren geburt ne nee naissance naquit nacio nacido nacimiento nato nata nascita",
    "death died dying dies starb gestorben stirbt tod mort morte mourut murio muerte muerto",
    "kill killed kills murdered assassinated ermordet getotet assassine assassinee asesino asesinado",
    "currency money wahrung monnaie devise moneda",
    "big large great gross grosse grosser grosses grand grande gran",
    "fast quick quickly rapid rapidly",
    "win won wins winner victor gewann gewonnen sieger gagne gagnant vainqueur gano ganador",
    "sink sank sunk sinking sinks untergang unterging sank",
    "break broke broken breaks",
    "give gave",
    "grow grew grown growth",
    "freeze froze frozen freezes freezing",
    "teach taught teacher",
    "sell sold sale",
    "buy bought",
    "bind binds bound",
    "hold held holds",
    "lose lost loss",
    "think thought",
    "trat getreten tritt",
    "ging gegangen geht",
    "fiel gefallen fallt",
    "nahm genommen nimmt",
    "stieg gestiegen",
    "sprach gesprochen spricht",
    "schloss geschlossen schliesst",
    "verlor verloren verliert",
    "zog gezogen zieht",
    "brach gebrochen bricht",
    "wuchs gewachsen wachst",
    "gilt galt gegolten",
    "trug getragen tragt",
    "lead led leader",
    "choose chose chosen",
    "speak spoke spoken",
    "steal stole stolen",
    "fight fought",
    "catch caught",
    "bring brought",
    "draw drew drawn",
    "fly flew flown flight",
    "show shows shown showed \
     display displays",
    "drive drove driven",
    "ride rode",
    "rule ruled ruler reign reigned",
    "sing sang sung",
    "marry married wife husband spouse",
    "propose proposed formulate formulated suggested postulated develop developed devised introduced coined \
     conceived originated aufgestellt entwickelt entwickelte entwickler begrundet begrundete begrunder formulierte \
     propuso formulo desarrollo formula developpe",
    "boil boils boiling siedet siedepunkt kocht ebullition bout",
    "melt melts melting schmilzt schmelzpunkt",
    "weight weigh weighs heavy gewicht wiegt schwer poids pese peso pesa",
    "length lang lange langer longueur longitud largo",
    "depth deep tief tiefe profondeur profundidad",
    "age old alt alter",
    "distance far entfernung entfernt weit loin lejos distancia",
    "frequency often haufig oft",
    "convert converts converted conversion transform transforms transformed",
    "organ organs organe organo",
    "adult adults erwachsene erwachsener erwachsenen",
    "lack deficiency mangel",
];

/// Units and their names.
pub(super) const UNITS: &[&str] = &[
    "km kilometre kilometres kilometer kilometers kilometern kilometros",
    "m metre metres meter meters metern metros",
    "kg kilogram kilograms kilogramm kilogrammes kilogramos",
    "g gram grams gramm grammes gramos",
    "% percent prozent pourcent",
    "h hour hours stunden stunde heures heure horas",
    "min minute minutes minuten minutos",
    "cm centimetre centimetres centimeter centimeters zentimeter",
    "mm millimetre millimetres millimeter millimeters",
    "n newton newtons",
    "j joule joules",
    "w watt watts",
    "hz hertz",
    "v volt volts",
    "pa pascal pascals",
    "k kelvin",
    "mol mole moles",
    "ev electronvolt electronvolts",
];

/// Several words that say what one does, in this order.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("full form", "meaning"),
    ("full name", "name"),
    ("short for", "meaning"),
    ("made up", "composed"),
    ("made of", "composed of"),
    ("greatest number of", "most"),
    ("largest number of", "most"),
    ("highest number of", "most"),
    ("make up", "compose"),
    ("came up with", "proposed"),
    ("come up with", "propose"),
    ("speed up", "accelerate"),
    ("speeds up", "accelerates"),
    ("slow down", "slow"),
    ("sets off", "triggers"),
    ("set off", "trigger"),
    ("broke out", "began"),
    ("break out", "begin"),
    ("break down", "digest"),
    ("breaks down", "digests"),
    ("came down", "fell"),
    ("come down", "fall"),
    ("come to an end", "end"),
    ("came to an end", "ended"),
    ("brought to an end", "ended"),
    ("to an end", "end"),
    ("passed away", "died"),
    ("carry out", "perform"),
    ("carries out", "performs"),
    ("turn into", "convert"),
    ("turned into", "converted"),
    ("add up to", "sum"),
    ("adds up to", "sum"),
    ("put forward", "proposed"),
    ("set up", "founded"),
    ("give off", "release"),
    ("take up", "absorb"),
    ("taken up", "absorbed"),
    ("by what means", "how"),
    ("world war i", "first world war"),
    ("world war one", "first world war"),
    ("world war two", "second world war"),
    ("zu ende", "endete"),
    ("zum ausbruch", "beginn"),
    ("ums leben", "starb"),
    ("veut dire", "signifie"),
    ("quiere decir", "significa"),
    ("a pris fin", "a fini"),
    ("pris fin", "fini"),
    ("tuvo lugar", "ocurrio"),
];

/// Words of no field: one of them in another wording is rarely what a question is about.
pub(super) const GENERAL: &[&str] = &[
    "show list print display host hold design work follow set control regulate trigger associate know observe \
     measure describe represent act help support link join connect attach carry transport transfer deliver bring \
     provide supply offer lead manage handle perform execute run call invoke appear arise grow live reside belong \
     include involve affect influence impact determine decide recognise characterise achieve accomplish reach apply \
     publish issue launch introduce turn become award elect appoint equal yield return create maintain ensure base \
     depend undergo account correspond concern relate accelerate perform consider regard view think believe claim \
     argue create declare write listen stem derive responsible credit originate specify assign choose select want",
    "command keyword method structure principle rule system process mechanism way means manner unit rate amount \
     quantity size standard default type form structure area section place site time period era person man woman \
     people scientist physicist chemist mathematician philosopher novelist poet artist inventor engineer architect \
     creator founder book novel play poem painting picture piece song symphony opera film movie country state \
     nation city town body human example difference between word term syntax library tool program language code \
     event fact theory model",
    "essential important major key basic fundamental famous official modern specific particular certain single whole \
     entire complete correct once then always finally originally today main different possible common \
     through during within under per very well known back again together way",
    "wenn zeigt zeigen gilt gelten kommt stammt entsteht entstehen steuert regelt arbeitet funktioniert besitzt \
     macht machen lauft fuhrt folgt beschreibt spielt bekannt person mensch land buch roman werk gemalde bild film \
     stuck oper gerat verfahren prozess vorgang teil ort begriff beispiel dabei wahrend sowie eigentlich wichtig \
     bestimmt wesentlich gemacht hergestellt geschaffen schuf entworfen gehort verantwortlich zustandig aufgebaut \
     uber zwischen",
    "montre fait faire faut sert joue permet dirige connu celebre personne pays livre roman oeuvre tableau film \
     piece processus partie exemple pendant lors entre plus celui celle doit siege possede selon",
    "muestra hace hacer debe juega permite dirige conocido famoso persona pais libro novela obra cuadro pelicula \
     proceso parte ejemplo durante entre mas aquel segun posee mayor dicho",
];
