import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { TestApp } from './test-app.js';

export interface Route {
  readonly method: string;
  /** As OpenAPI writes it: `/api/orders/{id}`. */
  readonly path: string;
}

/** Every route the controllers of the running application declare. */
export function routesOf(app: TestApp): Route[] {
  const modules = [...app.app.get(ModulesContainer).values()];
  return modules
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (metatype ? routesOfController(metatype) : []));
}

function routesOfController(controller: object): Route[] {
  const prototype = Reflect.get(controller, 'prototype') as object;
  const root = String(Reflect.getMetadata(PATH_METADATA, controller));
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = Reflect.get(prototype, name) as object;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const path = `/${root}/${String(Reflect.getMetadata(PATH_METADATA, handler))}`;
    return [{ method: RequestMethod[method], path: openApiPath(path) }];
  });
}

const openApiPath = (path: string): string =>
  path
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
    .replace(/:(\w+)/g, '{$1}');

/** With an id that nothing has in every place for one. */
export const pathWithIds = ({ path }: Route): string =>
  path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000');
