// Facts about Amazon's side that several rooms need: where Bedrock answers, and which variables its credential chain reads.

export const BEDROCK = "amazon-bedrock";

/** Where Bedrock's OpenAI-compatible address stands (as Open Interpreter 0.0.40 of 2026-08-19 lists them; not checked with Amazon). */
export const bedrockRegions: readonly string[] = [
  "us-east-1",
  "us-east-2",
  "us-west-2",
  "ap-southeast-3",
  "ap-south-1",
  "ap-northeast-1",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "eu-south-1",
  "eu-north-1",
  "sa-east-1",
];

/** The name under which requests to it are signed. */
export const BEDROCK_SIGNING_NAME = "bedrock-mantle";

/** The region that an exact origin stands for; null where it is not Bedrock's. */
export function bedrockRegionOf(origin: string): string | null {
  const region = /^https:\/\/bedrock-mantle\.([a-z0-9-]+)\.api\.aws$/.exec(origin)?.[1];
  return region !== undefined && bedrockRegions.includes(region) ? region : null;
}

/** What the AWS SDK's chain reads (docs.aws.amazon.com, "SDKs and Tools Reference Guide", settings); never given to an agent's shell. */
export const awsVariables: readonly string[] = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_CREDENTIAL_SCOPE",
  "AWS_ACCOUNT_ID",
  "AWS_PROFILE",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_EC2_METADATA_DISABLED",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
  "AWS_STS_REGIONAL_ENDPOINTS",
];
