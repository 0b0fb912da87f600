"""Which texts a country's numbering gives out, beyond the form of its plates.

A form says where letters and digits stand; much other writing fits it. Here are the codes of
districts, the letters that are left out because they look like digits, and numbers without a
leading zero. A country that is not here gives out all that its formats allow.

Sources: Fahrzeug-Zulassungsverordnung, annex 1 (Germany; umlauts as plain letters, as the plate
reader spells them, without X and Y, which have numbers only; annex 4 for the seals), DVLA INF104
(Great Britain), code de la route R317-8 (France), DPR 495/1992 (Italy), RD 2822/1998, annex XVIII
(Spain), vyhláška 343/2014 (Czechia), Dz.U. 2017 item 2355 (Poland), NN 151/2020 (Croatia), DSTU
4278 (Ukraine), CMVR 1989 with its schedules (India), Cap. 374E, regulation 5 (Hong Kong).
"""

import re

_GERMAN = """
A AA AB ABG ABI AC AE AH AIB AIC AK ALF ALZ AM AN ANA ANG ANK AO AP APD ARN ART AS ASL ASZ AT AU
AUR AW AZ AZE
B BA BAD BAR BB BBG BBL BC BCH BD BE BED BER BF BGD BGL BH BI BID BIN BIR BIT BIW BK BKS BL BLB BLK
BM BN BNA BO BOG BOH BOR BOT BP BR BRA BRB BRG BRK BRL BRV BS BSB BSK BT BTF BUD BUL BUR BUS BUZ BW
BWL BYL BZ BZA
C CA CAS CB CE CHA CLP CLZ CO COC COE CR CUX CW
D DA DAH DAN DAU DBR DD DE DEG DEL DGF DH DI DIL DIN DIZ DKB DL DLG DM DN DO DON DS DU DUD DUW DW DZ
E EA EB EBE EBN EBS ECK ED EE EF EG EH EI EIC EIL EIN EIS EL EM EMD EMS EN ER ERB ERH ERK ERZ ES ESB
ESW EU EUT EW
F FB FD FDB FDS FEU FF FFB FG FI FKB FL FLO FN FO FOR FR FRG FRI FRW FS FT FTL FU FUS FW FZ
G GA GAN GAP GC GD GDB GE GEL GEM GEO GER GF GG GHA GHC GI GK GL GLA GM GMN GN GNT GO GOA GOH GP GR
GRA GRH GRI GRM GRZ GS GT GTH GU GUB GUN GV GVM GW GZ
H HA HAB HAL HAM HAS HB HBN HBS HC HCH HD HDH HDL HE HEB HEF HEI HEL HER HET HF HG HGN HGW HH HHM HI
HIG HIP HK HL HM HMU HN HO HOG HOH HOL HOM HOR HOS HOT HP HR HRO HS HSK HST HU HUN HUS HV HVL HWI HX
HY HZ
IGB IK IL ILL IN IZ
J JB JE JEV JL JUL
K KA KB KC KE KEH KEL KEM KF KG KH KI KIB KK KL KLE KLZ KM KN KO KON KOT KOZ KR KRU KS KT KU KUN KUS
KW KY KYF
L LA LAN LAU LB LBS LBZ LC LD LDK LDS LEO LER LEV LF LG LH LI LIB LIF LIP LL LM LN LO LOB LOS LP LR
LRO LSA LSN LSZ LU LUN LUP LWL
M MA MAB MAI MAK MAL MB MC MD ME MED MEG MEI MEK MEL MER MET MG MGH MGN MH MHL MI MIL MK MKK ML MM
MN MO MOD MOL MON MOS MQ MR MS MSE MSH MSP MST MTK MTL MU MUB MUL MUR MVL MW MY MYK MZ MZG
N NAB NAI NAU NB ND NDH NE NEA NEB NEC NEN NES NEW NF NH NI NK NL NM NMB NMS NO NOH NOL NOM NOR NP
NR NRW NT NU NVP NW NWM NY NZ
OA OAL OB OBB OBG OC OCH OD OE OF OG OH OHA OHR OHV OHZ OK OL OP OPR OR OS OSL OTT OVI OVL OVP OZ
P PA PAF PAN PAR PB PCH PE PEG PER PF PI PIR PL PLO PM PN PR PRU PS PW PZ
QFT QLB
R RA RC RD RDG RE REG REH REI RG RH RI RID RIE RL RM RN RO ROD ROF ROH ROL ROS ROT ROW RP RPL RS RSL
RT RU RUD RUG RV RW RY RZ
S SAB SAD SAL SAN SAW SB SBG SBK SC SCZ SDH SDL SDT SE SEB SEE SEF SEL SFA SFB SFT SG SGH SH SHA SHG
SHK SHL SI SIG SIM SK SL SLE SLF SLK SLN SLS SLU SLZ SM SMU SN SO SOB SOG SOK SOL SOM SON SP SPB SPN
SR SRB SRO ST STA STB STD STE STH STL STO SU SUL SUW SW SWA SY SZ SZB
TBB TDO TE TET TF TG THL THW TIR TO TOL TP TR TS TT TU TUT
UE UEM UER UFF UH UL UM UN USI
V VAI VB VEC VER VG VIB VIE VIT VK VOH VR VS
W WA WAF WAK WAN WAR WAT WB WBS WDA WE WEB WEG WEL WEN WER WES WF WG WHV WI WIL WIS WIT WIZ WK WL
WLG WM WMS WN WND WO WOB WOH WOL WOR WOS WR WRN WS WSF WST WSW WT WTL WTM WU WUG WUM WUN WUR WW WZ
WZL
Z ZE ZEL ZI ZIG ZP ZR ZW ZZ
"""
_CROATIAN = """
BJ BM CK DA DE DJ DU GS IM KA KC KR KT KZ MA NA NG OG OS PU PZ RI SB SI SK SL ST VK VT VU VZ ZD ZG
ZU
"""
_INDIAN = """
AN AP AR AS BH BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ SK
TG TN TR TS UA UK UP WB
"""


def _one_of(codes: str) -> str:
    return "|".join(codes.split())


_FRENCH, _ITALIAN = "[A-HJ-NP-TV-Z]{2}", "[A-HJ-NPR-TV-Z]{2}"
_YEAR = "[A-HJ-NPR-TV-Y]"
_UKRAINIAN = "[ABCEHIKMOPTX]{2}"
_ISSUED = {
    "DE": rf"(?=.{{3,8}}$)(?:{_one_of(_GERMAN)})[A-Z]{{1,2}}[1-9]\d{{0,3}}",
    "GB": r"[A-HK-PRSV-Y][A-HJ-PR-Y](?:0[2-9]|[12]\d|5[1-9]|[67]\d)[A-HJ-PR-Z]{3}"
    rf"|{_YEAR}[1-9]\d{{0,2}}[A-HJ-PR-Y]{{3}}|[A-HJ-PR-Z]{{3}}[1-9]\d{{0,2}}{_YEAR}",
    "FR": rf"{_FRENCH}\d{{3}}{_FRENCH}",
    "IT": rf"{_ITALIAN}\d{{3}}{_ITALIAN}",
    "ES": r"\d{4}[BCDFGHJ-NPR-TV-Z]{3}",
    "CZ": r"\d[ABCEHJ-MPSTUZ][0-9A-Z]\d{4}",
    "PL": r"[B-GKLNOPR-TWZ][A-Z]{1,2}[0-9A-Z]{4,5}",
    "BE": r"[1-9][A-Z]{3}\d{3}",
    "HR": rf"(?:{_one_of(_CROATIAN)})\d{{3,4}}[A-Z]{{1,2}}",
    "UA": rf"{_UKRAINIAN}\d{{4}}{_UKRAINIAN}",
    "HK": r"[A-HJ-NPR-Z]{2}[1-9]\d{0,3}",
    "IN": rf"(?:{_one_of(_INDIAN)})\d{{2}}[A-Z]{{1,2}}\d{{4}}",
}
_DISTRICTS = frozenset(_GERMAN.split())
_LONGEST_DISTRICT = 3
_PATTERNS = {country: re.compile(pattern) for country, pattern in _ISSUED.items()}


def districts_of(text: str) -> list[str]:
    """Return the German districts that a text of letters and digits may begin with.

    Args:
        text: normalised, and of the German format: one or two letters follow the district.
    """
    letters = len(text.rstrip("0123456789"))
    ends = range(max(1, letters - 2), min(_LONGEST_DISTRICT, letters - 1) + 1)
    return [text[:end] for end in ends if text[:end] in _DISTRICTS]


def is_issued(text: str, country: str) -> bool:
    """Return whether a country's numbering gives out a text that fits one of its formats.

    Args:
        text: normalised, and of one of the country's formats.
        country: ISO 3166-1.
    """
    pattern = _PATTERNS.get(country)
    return pattern is None or pattern.fullmatch(text) is not None
