import { expect, test } from 'vitest';
import { signedCallerIdentityRequest } from './aws-sts.ts';

const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };

test.each([
  ['us-east-1', 'https://sts.amazonaws.com/'],
  ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com/'],
  ['us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com/'],
  ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn/'],
])('a request of region %s is signed for it, and is for its own host', async (region, url) => {
  const request = await signedCallerIdentityRequest(keys, region, 'vault.example.com');
  expect(request).toMatchObject({
    method: 'POST',
    url,
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
    headers: { host: new URL(url).host, 'X-Vault-AWS-IAM-Server-ID': 'vault.example.com' },
  });
  const authorization = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  expect(authorization).toMatch(new RegExp(`Credential=AKIAEXAMPLE/\\d{8}/${region}/sts/aws4_request`));
  expect(authorization).toMatch(/SignedHeaders=[^,]*x-vault-aws-iam-server-id/);
});
