//! The word lists of the invented archipelago, written by hand. Used by world.mjs only.

/** Islands, larger ones first: the size of an island falls with its place in this list. */
export const ISLANDS = [
  'Hallansay', 'Great Orrin', 'Morvay', 'Ketilsay', 'Skarvoe', 'Ulverholm', 'Brunsholm', 'Vatna', 'Rathlay', 'Dunavoe',
  'Sulay', 'Storholm', 'Garrow', 'Lambsay', 'Inchmorran', 'Stennay', 'Grimsta', 'Corrainsay', 'Pabblay', 'Fugla',
  'Osken', 'Hestan', 'Tolm', 'Wetherholm', 'Eilsay', 'Little Orrin', 'Yarray', 'Selkay', 'Nornholm', 'Falsta',
  'Ruansay', 'Arkle', 'Tarnay', 'Lundasay', 'Hvitay', 'Ormsgarth', 'Scarra', 'Mewstane', 'Cullay', 'Thrum',
  'Gannet Stack', 'The Hen',
];

/** What a light is named after, beside its island. `%` stands for the island. */
export const LIGHT_FORMS = [
  '% Head', 'Ness of %', '% North', '% South', 'Calf of %', '% Skerry', 'Point of %', '% Bill', '% West', 'Horn of %',
  '% Light', '% Harbour', 'Stack of %', 'Noup of %', '% Sound', '% Low',
];

/** Harbours. `%` stands for the island. */
export const HARBOUR_FORMS = [
  'Port %', '% Haven', 'Bay of %', '% Pier', '% Roads', 'Kirk Voe of %', 'West Voe of %', 'Old Harbour, %', '% Hope', 'Boat Geo, %',
];

export const SHIPS = [
  'Constant Ann', 'Provider', 'Star of Hope', 'Marigold', 'Thistle', 'Good Intent', 'Northern Light', 'Perseverance', 'Swan', 'Betsy',
  'Harmony', 'Prudence', 'Two Brothers', 'Osprey', 'Halcyon', 'Speedwell', 'Amity', 'Active', 'Isabella', 'Fair Wind',
  'Caledon', 'Sea Adventure', 'Guiding Star', 'Elspeth', 'Jonas', 'Mary Ross', 'Concordia', 'Patience', 'Albion Belle', 'Friendship',
  'Three Sisters', 'Kestrel', 'Brothers Pride', 'Laurel', 'Lapwing', 'Endymion', 'Nereid', 'Hopewell', 'Margaret Lamb', 'Stormcock',
  'Vigilant', 'Welcome Home', 'Oak Leaf', 'Rosebud', 'Tern', 'Wanderer', 'Cormorant', 'Orient Queen', 'Pole Star', 'Janet Rae',
  'Silver Spray', 'Venturer', 'Dunlin', 'Crusader', 'Lady Orrin', 'Ketil', 'Skarvoe Lass', 'Ebenezer', 'Ploughman', 'Regent',
  'Sunbeam', 'Tidewater', 'Undaunted', 'Vesper',
];

export const FORENAMES = [
  'Magnus', 'Ann', 'Thomas', 'Isobel', 'John', 'Margaret', 'Andrew', 'Elspeth', 'William', 'Janet', 'Robert', 'Grace', 'Hugh', 'Marion',
  'Laurence', 'Barbara', 'James', 'Euphemia', 'Peter', 'Agnes', 'Gilbert', 'Christian', 'Samuel', 'Helen', 'Walter', 'Ursula', 'Donald', 'Jessie',
  'Erlend', 'Catherine',
];

export const SURNAMES = [
  'Halcro', 'Linklater', 'Muir', 'Isbister', 'Rendall', 'Foubister', 'Heddle', 'Corrigall', 'Drever', 'Flett', 'Louttit', 'Scollay', 'Tulloch',
  'Peace', 'Marwick', 'Garrioch', 'Baikie', 'Cumming', 'Spence', 'Traill', 'Velzian', 'Wards', 'Yorston', 'Inkster', 'Ratter', 'Clouston',
];

/** Engineers, with the years in which each built. */
export const ENGINEERS = [
  { name: 'Josiah Wray', from: 1788, to: 1819 },
  { name: 'Anna Tervit', from: 1815, to: 1838 },
  { name: 'Robert Kincade', from: 1834, to: 1861 },
  { name: 'David Mowbray', from: 1856, to: 1880 },
  { name: 'Alan Mowbray', from: 1878, to: 1899 },
  { name: 'Ellen Strand', from: 1896, to: 1921 },
];

export const ROCKS = [
  { rock: 'old red sandstone', look: 'red and flat-bedded, breaking into square stacks and long ledges' },
  { rock: 'granite', look: 'pale and rounded, with boulder beaches in every cove' },
  { rock: 'gneiss', look: 'grey, banded and very hard, worn into low whalebacks' },
  { rock: 'basalt', look: 'black and columnar, with sea caves along the whole weather side' },
  { rock: 'mica schist', look: 'silvery and easily split, which is why every roof here is slated' },
  { rock: 'flagstone', look: 'thin-bedded and good for building, quarried since the first farms' },
  { rock: 'limestone', look: 'white and dry, full of swallow holes and short grass' },
];

export const TRADES = ['crofting', 'lobster fishing', 'weaving', 'boat building', 'the ferry', 'sheep', 'line fishing', 'kelp burning', 'stone cutting', 'egg gathering'];

export const BIRDS = [
  'arctic terns', 'great skuas', 'puffins', 'storm petrels', 'gannets', 'black guillemots', 'fulmars', 'razorbills', 'eiders', 'kittiwakes',
  'oystercatchers', 'red-throated divers', 'shags', 'turnstones',
];

export const PLANTS = ['thrift', 'sea campion', 'scurvygrass', 'bog cotton', 'spring squill', 'roseroot', 'oysterplant', 'heath rush', 'eyebright', 'grass of Parnassus'];

export const CARGOES = [
  'coal from Tyneside', 'Baltic timber', 'salt', 'barrelled herring', 'oats and bere', 'slates', 'whale oil', 'flax', 'pit props', 'general goods',
  'roofing iron', 'cured cod', 'lime', 'paving stone', 'jute', 'ballast only',
];

export const RIGS = ['sloop', 'schooner', 'brig', 'brigantine', 'barque', 'ketch', 'smack', 'steam drifter', 'paddle steamer', 'coasting steamer'];
