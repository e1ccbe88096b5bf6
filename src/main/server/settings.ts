/** The user's settings, asked for per document and kept until they change; never global, because two folders may differ. */

import { DidChangeConfigurationNotification, type ClientCapabilities, type Connection } from 'vscode-languageserver/node';
import { defaultLanguageSettings, readLanguageSettings, SETTINGS_SECTION, type LanguageSettings } from '../../protocol/language.ts';

export interface DocumentSettings {
  of(uri: string): Promise<LanguageSettings>;
  forget(uri: string): void;
  /** To be called when the client is ready for requests. */
  watch(onChange: () => void): void;
}

export function documentSettings(connection: Connection, capabilities: ClientCapabilities): DocumentSettings {
  const known = new Map<string, Promise<LanguageSettings>>();
  const canAsk = capabilities.workspace?.configuration === true;
  const ask = async (uri: string): Promise<LanguageSettings> => {
    if (!canAsk) return defaultLanguageSettings;
    try {
      return readLanguageSettings(await connection.workspace.getConfiguration({ scopeUri: uri, section: SETTINGS_SECTION }));
    } catch {
      return defaultLanguageSettings; // the client is shutting down
    }
  };
  return {
    of(uri) {
      let settings = known.get(uri);
      if (!settings) known.set(uri, (settings = ask(uri)));
      return settings;
    },
    forget: (uri) => void known.delete(uri),
    watch(onChange) {
      if (capabilities.workspace?.didChangeConfiguration?.dynamicRegistration) void connection.client.register(DidChangeConfigurationNotification.type, { section: SETTINGS_SECTION });
      connection.onDidChangeConfiguration(() => {
        known.clear();
        onChange();
      });
    },
  };
}
