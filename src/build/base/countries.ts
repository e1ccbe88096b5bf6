/** The checked facts that the tiny base model is taught: one answer a country and relation, in plain Latin letters. */

export const relations = ['capital', 'currency', 'language', 'continent'] as const;
export type Relation = (typeof relations)[number];

/**
 * country | capital | currency | main language | continent, in short forms without accents. Cross-checked with the public data set
 * mledoze/countries 5.1. Where that names several answers (languages of Switzerland, seats of government of Bolivia) the table keeps
 * one; it differs on purpose where facts are newer (Bulgaria's euro, the ZiG, languages of Mali, Niger and Burkina Faso) and where a
 * capital shares its country's name (Luxembourg City), so that no answer stands in its own question.
 */
const table = `
Afghanistan|Kabul|afghani|Pashto|Asia
Albania|Tirana|lek|Albanian|Europe
Algeria|Algiers|dinar|Arabic|Africa
Andorra|Andorra la Vella|euro|Catalan|Europe
Angola|Luanda|kwanza|Portuguese|Africa
Argentina|Buenos Aires|peso|Spanish|South America
Armenia|Yerevan|dram|Armenian|Asia
Australia|Canberra|dollar|English|Oceania
Austria|Vienna|euro|German|Europe
Azerbaijan|Baku|manat|Azerbaijani|Asia
Bahamas|Nassau|dollar|English|North America
Bahrain|Manama|dinar|Arabic|Asia
Bangladesh|Dhaka|taka|Bengali|Asia
Barbados|Bridgetown|dollar|English|North America
Belarus|Minsk|ruble|Belarusian|Europe
Belgium|Brussels|euro|Dutch|Europe
Belize|Belmopan|dollar|English|North America
Benin|Porto-Novo|franc|French|Africa
Bhutan|Thimphu|ngultrum|Dzongkha|Asia
Bolivia|Sucre|boliviano|Spanish|South America
Bosnia|Sarajevo|mark|Bosnian|Europe
Botswana|Gaborone|pula|English|Africa
Brazil|Brasilia|real|Portuguese|South America
Brunei|Bandar Seri Begawan|dollar|Malay|Asia
Bulgaria|Sofia|euro|Bulgarian|Europe
Burkina Faso|Ouagadougou|franc|Mossi|Africa
Burundi|Gitega|franc|Kirundi|Africa
Cambodia|Phnom Penh|riel|Khmer|Asia
Cameroon|Yaounde|franc|French|Africa
Canada|Ottawa|dollar|English|North America
Cape Verde|Praia|escudo|Portuguese|Africa
Chad|N'Djamena|franc|French|Africa
Chile|Santiago|peso|Spanish|South America
China|Beijing|yuan|Chinese|Asia
Colombia|Bogota|peso|Spanish|South America
Comoros|Moroni|franc|Comorian|Africa
Costa Rica|San Jose|colon|Spanish|North America
Croatia|Zagreb|euro|Croatian|Europe
Cuba|Havana|peso|Spanish|North America
Cyprus|Nicosia|euro|Greek|Europe
Czechia|Prague|koruna|Czech|Europe
Denmark|Copenhagen|krone|Danish|Europe
Djibouti|Djibouti City|franc|French|Africa
Dominica|Roseau|dollar|English|North America
Ecuador|Quito|dollar|Spanish|South America
Egypt|Cairo|pound|Arabic|Africa
El Salvador|San Salvador|dollar|Spanish|North America
Equatorial Guinea|Malabo|franc|Spanish|Africa
Eritrea|Asmara|nakfa|Tigrinya|Africa
Estonia|Tallinn|euro|Estonian|Europe
Eswatini|Mbabane|lilangeni|Swazi|Africa
Ethiopia|Addis Ababa|birr|Amharic|Africa
Fiji|Suva|dollar|Fijian|Oceania
Finland|Helsinki|euro|Finnish|Europe
France|Paris|euro|French|Europe
Gabon|Libreville|franc|French|Africa
Gambia|Banjul|dalasi|English|Africa
Georgia|Tbilisi|lari|Georgian|Asia
Germany|Berlin|euro|German|Europe
Ghana|Accra|cedi|English|Africa
Greece|Athens|euro|Greek|Europe
Grenada|St. George's|dollar|English|North America
Guatemala|Guatemala City|quetzal|Spanish|North America
Guinea|Conakry|franc|French|Africa
Guyana|Georgetown|dollar|English|South America
Haiti|Port-au-Prince|gourde|Creole|North America
Honduras|Tegucigalpa|lempira|Spanish|North America
Hungary|Budapest|forint|Hungarian|Europe
Iceland|Reykjavik|krona|Icelandic|Europe
India|New Delhi|rupee|Hindi|Asia
Indonesia|Jakarta|rupiah|Indonesian|Asia
Iran|Tehran|rial|Persian|Asia
Iraq|Baghdad|dinar|Arabic|Asia
Ireland|Dublin|euro|English|Europe
Israel|Jerusalem|shekel|Hebrew|Asia
Italy|Rome|euro|Italian|Europe
Ivory Coast|Yamoussoukro|franc|French|Africa
Jamaica|Kingston|dollar|English|North America
Japan|Tokyo|yen|Japanese|Asia
Jordan|Amman|dinar|Arabic|Asia
Kazakhstan|Astana|tenge|Kazakh|Asia
Kenya|Nairobi|shilling|Swahili|Africa
Kiribati|Tarawa|dollar|English|Oceania
Kosovo|Pristina|euro|Albanian|Europe
Kuwait|Kuwait City|dinar|Arabic|Asia
Kyrgyzstan|Bishkek|som|Kyrgyz|Asia
Laos|Vientiane|kip|Lao|Asia
Latvia|Riga|euro|Latvian|Europe
Lebanon|Beirut|pound|Arabic|Asia
Lesotho|Maseru|loti|Sotho|Africa
Liberia|Monrovia|dollar|English|Africa
Libya|Tripoli|dinar|Arabic|Africa
Liechtenstein|Vaduz|franc|German|Europe
Lithuania|Vilnius|euro|Lithuanian|Europe
Luxembourg|Luxembourg City|euro|French|Europe
Madagascar|Antananarivo|ariary|Malagasy|Africa
Malawi|Lilongwe|kwacha|Chichewa|Africa
Malaysia|Kuala Lumpur|ringgit|Malay|Asia
Maldives|Male|rufiyaa|Dhivehi|Asia
Mali|Bamako|franc|Bambara|Africa
Malta|Valletta|euro|Maltese|Europe
Mauritania|Nouakchott|ouguiya|Arabic|Africa
Mauritius|Port Louis|rupee|English|Africa
Mexico|Mexico City|peso|Spanish|North America
Micronesia|Palikir|dollar|English|Oceania
Moldova|Chisinau|leu|Romanian|Europe
Monaco|Monaco City|euro|French|Europe
Mongolia|Ulaanbaatar|tugrik|Mongolian|Asia
Montenegro|Podgorica|euro|Montenegrin|Europe
Morocco|Rabat|dirham|Arabic|Africa
Mozambique|Maputo|metical|Portuguese|Africa
Myanmar|Naypyidaw|kyat|Burmese|Asia
Namibia|Windhoek|dollar|English|Africa
Nauru|Yaren|dollar|English|Oceania
Nepal|Kathmandu|rupee|Nepali|Asia
Netherlands|Amsterdam|euro|Dutch|Europe
New Zealand|Wellington|dollar|English|Oceania
Nicaragua|Managua|cordoba|Spanish|North America
Niger|Niamey|franc|Hausa|Africa
Nigeria|Abuja|naira|English|Africa
North Korea|Pyongyang|won|Korean|Asia
North Macedonia|Skopje|denar|Macedonian|Europe
Norway|Oslo|krone|Norwegian|Europe
Oman|Muscat|rial|Arabic|Asia
Pakistan|Islamabad|rupee|Urdu|Asia
Palau|Ngerulmud|dollar|English|Oceania
Panama|Panama City|balboa|Spanish|North America
Papua New Guinea|Port Moresby|kina|English|Oceania
Paraguay|Asuncion|guarani|Spanish|South America
Peru|Lima|sol|Spanish|South America
Philippines|Manila|peso|Filipino|Asia
Poland|Warsaw|zloty|Polish|Europe
Portugal|Lisbon|euro|Portuguese|Europe
Qatar|Doha|riyal|Arabic|Asia
Romania|Bucharest|leu|Romanian|Europe
Russia|Moscow|ruble|Russian|Europe
Rwanda|Kigali|franc|Kinyarwanda|Africa
Samoa|Apia|tala|Samoan|Oceania
San Marino|San Marino City|euro|Italian|Europe
Saudi Arabia|Riyadh|riyal|Arabic|Asia
Senegal|Dakar|franc|French|Africa
Serbia|Belgrade|dinar|Serbian|Europe
Seychelles|Victoria|rupee|Creole|Africa
Sierra Leone|Freetown|leone|English|Africa
Singapore|Singapore City|dollar|English|Asia
Slovakia|Bratislava|euro|Slovak|Europe
Slovenia|Ljubljana|euro|Slovene|Europe
Somalia|Mogadishu|shilling|Somali|Africa
South Africa|Pretoria|rand|Zulu|Africa
South Korea|Seoul|won|Korean|Asia
South Sudan|Juba|pound|English|Africa
Spain|Madrid|euro|Spanish|Europe
Sri Lanka|Kotte|rupee|Sinhala|Asia
Sudan|Khartoum|pound|Arabic|Africa
Suriname|Paramaribo|dollar|Dutch|South America
Sweden|Stockholm|krona|Swedish|Europe
Switzerland|Bern|franc|German|Europe
Syria|Damascus|pound|Arabic|Asia
Taiwan|Taipei|dollar|Chinese|Asia
Tajikistan|Dushanbe|somoni|Tajik|Asia
Tanzania|Dodoma|shilling|Swahili|Africa
Thailand|Bangkok|baht|Thai|Asia
Togo|Lome|franc|French|Africa
Tonga|Nuku'alofa|paanga|Tongan|Oceania
Trinidad|Port of Spain|dollar|English|North America
Tunisia|Tunis|dinar|Arabic|Africa
Turkey|Ankara|lira|Turkish|Asia
Turkmenistan|Ashgabat|manat|Turkmen|Asia
Tuvalu|Funafuti|dollar|English|Oceania
Uganda|Kampala|shilling|Swahili|Africa
Ukraine|Kyiv|hryvnia|Ukrainian|Europe
United Kingdom|London|pound|English|Europe
United States|Washington|dollar|English|North America
Uruguay|Montevideo|peso|Spanish|South America
Uzbekistan|Tashkent|som|Uzbek|Asia
Vanuatu|Port Vila|vatu|Bislama|Oceania
Venezuela|Caracas|bolivar|Spanish|South America
Vietnam|Hanoi|dong|Vietnamese|Asia
Yemen|Sanaa|rial|Arabic|Asia
Zambia|Lusaka|kwacha|English|Africa
Zimbabwe|Harare|ZiG|Shona|Africa
`;

export interface Country {
  name: string;
  facts: Record<Relation, string>;
}

export const countries: readonly Country[] = table.trim().split('\n').map((line) => {
  const [name, capital, currency, language, continent] = line.split('|') as [string, string, string, string, string];
  return { name, facts: { capital, currency, language, continent } };
});
