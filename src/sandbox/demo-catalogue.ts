/** What the demo shop sells; prices in minor units of the euro, taxes included. */
export interface DemoProduct {
  readonly sku: string;
  readonly brand: string;
  readonly model: string;
  readonly unitAmount: number;
  readonly stock: number;
}

const product = (
  sku: string,
  brand: string,
  model: string,
  unitAmount: number,
  stock: number,
): DemoProduct => ({ sku, brand, model, unitAmount, stock });

export const DEMO_PRODUCTS: readonly DemoProduct[] = [
  product('MICHELIN-P4-2055516', 'Michelin', 'Primacy 4 205/55 R16 91V', 12_995, 24),
  product('CONTI-EC6-1956515', 'Continental', 'EcoContact 6 195/65 R15 91H', 8_990, 32),
  product('BRIDGESTONE-T005-2254517', 'Bridgestone', 'Turanza T005 225/45 R17 91W', 13_490, 16),
  product(
    'GOODYEAR-EGP2-1955516',
    'Goodyear',
    'EfficientGrip Performance 2 195/55 R16 87H',
    10_450,
    20,
  ),
  product('HANKOOK-K125-2056016', 'Hankook', 'Ventus Prime 3 K125 205/60 R16 92H', 8_290, 40),
  product('BFG-KO2-2657016', 'BFGoodrich', 'All-Terrain T/A KO2 265/70 R16 121S', 21_990, 8),
  product('VARTA-BLUE-E11', 'Varta', 'Blue Dynamic E11 12 V 74 Ah 680 A', 11_990, 12),
  product('BOSCH-S4-005', 'Bosch', 'Batterie S4 005 12 V 60 Ah 540 A', 9_490, 15),
  product('BREMBO-P85020', 'Brembo', 'Plaquettes de frein avant P 85 020', 3_990, 18),
  product('MANN-W712-75', 'Mann-Filter', 'Filtre à huile W 712/75', 1_190, 36),
  product('TOTAL-Q9000-5W40-5L', 'TotalEnergies', 'Quartz 9000 5W-40, bidon 5 L', 4_290, 30),
  product('BOSCH-AEROTWIN-A696S', 'Bosch', 'Balais d’essuie-glace Aerotwin A696S', 3_490, 22),
];
