@description('The name of all resources. The web app and the bot need one that is unique in Azure.')
@minLength(4)
@maxLength(20)
param resourceBaseName string

@description('The name under which the bot is registered.')
@maxLength(42)
param botDisplayName string

@description('Settings of Parley by name, for example OPENAI_API_KEY. They extend or override the ones below.')
@secure()
param settings object = {}

@description('Size of the App Service plan. Always On needs B1 or more.')
param planSku string = 'B1'

param location string = resourceGroup().location

// The identity of the bot in Teams, which needs no secret.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: resourceBaseName
  location: location
}

// How Oryx, App Service's build, builds and starts a Python app:
// https://github.com/microsoft/Oryx/blob/main/doc/configuration.md
// https://github.com/microsoft/Oryx/blob/main/doc/runtimes/python.md
var build = {
  SCM_DO_BUILD_DURING_DEPLOYMENT: 'true'
  CUSTOM_REQUIREMENTSTXT_PATH: 'infra/requirements.txt'
  // Runs in the environment that now holds those packages, the build tool of Parley among them.
  POST_BUILD_COMMAND: 'pip install --no-deps --no-build-isolation .'
}

var defaults = {
  // App Service sends requests for a Python app to port 8000.
  PORT: '8000'
  // Without CLIENT_SECRET the bot signs in as this managed identity.
  CLIENT_ID: identity.properties.clientId
  TENANT_ID: identity.properties.tenantId
  // The same identity for Azure OpenAI when there is no AZURE_OPENAI_API_KEY; azure-identity reads this variable.
  AZURE_CLIENT_ID: identity.properties.clientId
  // The container's own disk, which a restart empties. /home would survive it but is a network share, on which SQLite
  // cannot lock (https://github.com/OrchardCMS/OrchardCore/issues/4600, https://www.sqlite.org/wal.html#overview).
  DATABASE_URL: 'sqlite:////tmp/parley.db'
}

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: resourceBaseName
  location: location
  kind: 'linux'
  sku: {
    name: planSku
    // A second instance would have a database of its own.
    capacity: 1
  }
  properties: {
    reserved: true // Linux
  }
}

resource app 'Microsoft.Web/sites@2023-12-01' = {
  name: resourceBaseName
  location: location
  kind: 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      linuxFxVersion: 'PYTHON|3.12'
      appCommandLine: 'python -m parley'
      alwaysOn: true
      ftpsState: 'Disabled'
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2023-12-01' = {
  parent: app
  name: 'appsettings'
  properties: union(build, defaults, settings)
}

module registration './botRegistration/azurebot.bicep' = {
  name: 'bot-registration'
  params: {
    name: resourceBaseName
    displayName: botDisplayName
    endpoint: 'https://${app.properties.defaultHostName}/api/messages'
    identityId: identity.id
    identityClientId: identity.properties.clientId
    tenantId: identity.properties.tenantId
  }
}

// The Agents Toolkit writes these into env/.env.dev.
output BOT_AZURE_APP_SERVICE_RESOURCE_ID string = app.id
output BOT_DOMAIN string = app.properties.defaultHostName
output BOT_ID string = identity.properties.clientId
output BOT_TENANT_ID string = identity.properties.tenantId
