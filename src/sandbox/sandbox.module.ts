import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { AddressAnnouncer } from './address-announcer.service.js';
import { CustomersBank } from './customers-bank.service.js';
import { DemoCatalogue } from './demo-catalogue.service.js';
import { ProviderControl } from './providers/provider-control.js';
import { SandboxActionsController } from './sandbox-actions.controller.js';
import { SandboxPagesController } from './sandbox-pages.controller.js';
import { SandboxPhoneController } from './sandbox-phone.controller.js';
import { SandboxState } from './sandbox-state.service.js';
import { TimeMachineRepository } from './time-machine.repository.js';
import { TimeMachine } from './time-machine.service.js';

/** The pages a newcomer opens, on the real application beside it. */
@Module({})
export class SandboxModule {
  static forRoot(control: ProviderControl): DynamicModule {
    return {
      module: SandboxModule,
      imports: [CatalogModule, OrdersModule],
      controllers: [SandboxPagesController, SandboxPhoneController, SandboxActionsController],
      providers: [
        { provide: ProviderControl, useValue: control },
        AddressAnnouncer,
        CustomersBank,
        DemoCatalogue,
        SandboxState,
        TimeMachine,
        TimeMachineRepository,
      ],
    };
  }
}
