import { stableUuid } from './random';

/** An application that people sign in to. */
export interface Application {
  key: string;
  name: string;
  id: string;
  resource: string;
  resourceId: string;
  client: 'Browser' | 'Mobile Apps and Desktop clients';
}

const GRAPH: [string, string] = ['Microsoft Graph', '00000003-0000-0000-c000-000000000000'];
const EXCHANGE: [string, string] = ['Office 365 Exchange Online', '00000002-0000-0ff1-ce00-000000000000'];
const SHAREPOINT: [string, string] = ['Office 365 SharePoint Online', '00000003-0000-0ff1-ce00-000000000000'];

const app = (key: string, name: string, id: string, [resource, resourceId]: [string, string], client: Application['client'] = 'Browser'): Application => ({ key, name, id, resource, resourceId, client });
/** An application of the organisation itself: its own resource, an id that no other tenant has. */
const own = (key: string, name: string): Application => {
  const id = stableUuid('application', key);
  return app(key, name, id, [name, stableUuid('resource', key)]);
};

export const APPLICATIONS: Record<string, Application> = Object.fromEntries(
  [
    app('outlook', 'Microsoft Outlook', '5d661950-3475-41cd-a2c3-d671a3162bc1', EXCHANGE, 'Mobile Apps and Desktop clients'),
    app('owa', 'One Outlook Web', '9199bf20-a13f-4107-85dc-02114787ef48', EXCHANGE),
    app('outlook-mobile', 'Outlook Mobile', '27922004-5251-4030-b22d-91ecd9a37ea4', EXCHANGE, 'Mobile Apps and Desktop clients'),
    app('teams', 'Microsoft Teams', '1fec8e78-bce4-4aaf-ab1b-5451cc387264', GRAPH, 'Mobile Apps and Desktop clients'),
    app('teams-web', 'Microsoft Teams Web Client', '5e3ce6c0-2b1f-4285-8d4b-75ee78787346', GRAPH),
    app('sharepoint', 'Office 365 SharePoint Online', SHAREPOINT[1], SHAREPOINT),
    app('onedrive', 'OneDrive SyncEngine', 'ab9b8c07-8f02-4f72-87fa-80105867a763', SHAREPOINT, 'Mobile Apps and Desktop clients'),
    app('office', 'Microsoft Office', 'd3590ed6-52b3-4102-aeff-aad2292ab01c', GRAPH, 'Mobile Apps and Desktop clients'),
    app('azure-portal', 'Azure Portal', 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c', ['Windows Azure Service Management API', '797f4846-ba00-4fd7-ba43-dac1f8f63013']),
    app('myapps', 'My Apps', '2793995e-0a7d-40d7-bd35-6968ba142197', GRAPH),
    own('aws', 'AWS IAM Identity Center'),
    own('wiki', 'Confluence'),
    own('github', 'GitHub Enterprise Cloud'),
    own('salesforce', 'Salesforce'),
    own('workday', 'Workday'),
    own('concur', 'SAP Concur'),
    own('servicenow', 'ServiceNow'),
    own('zoom', 'Zoom'),
    own('datadog', 'Datadog'),
    own('tableau', 'Tableau Cloud'),
    own('hubspot', 'HubSpot'),
    own('netsuite', 'Oracle NetSuite'),
    own('docusign', 'DocuSign'),
    own('legacy-crm', 'CRM Archive'),
  ].map((a) => [a.key, a])
);

export const SIGN_IN_RESULTS: Record<number, { reason: string; signature: string; details: string | null }> = {
  0: { reason: '', signature: 'None', details: 'MFA requirement satisfied by claim in the token' },
  50053: { reason: 'Account is locked because user tried to sign in too many times with an incorrect user ID or password.', signature: 'None', details: null },
  50055: { reason: 'Invalid password, entered expired password.', signature: 'None', details: null },
  50074: { reason: 'Strong Authentication is required.', signature: 'None', details: 'MFA required in Azure AD' },
  50126: { reason: 'Error validating credentials due to invalid username or password.', signature: 'None', details: null },
  50140: { reason: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.", signature: 'None', details: null },
  500121: { reason: 'Authentication failed during strong authentication request.', signature: 'None', details: 'MFA denied; user declined the authentication' },
  53003: { reason: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.', signature: 'FAILURE', details: null },
  65001: { reason: 'The user or administrator has not consented to use the application.', signature: 'None', details: null },
  70044: { reason: 'The session has expired or is invalid due to sign-in frequency checks by conditional access.', signature: 'None', details: null },
};
