/** Where a PostgreSQL is and how to log in, as a database URL says it. */
export type PostgresServer = {
  /** Tried in this order. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  /** The words of libpq: `require` encrypts and looks at no certificate. */
  readonly tls: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** PEM; null means the authorities that Node knows. */
  readonly tlsRootCertFile: string | null;
  /** A client certificate and its key, where the server asks for one. */
  readonly tlsCertFile: string | null;
  readonly tlsKeyFile: string | null;
  /** Passed on as it is, as in `-c search_path=strongroom`. */
  readonly options: string | null;
};
